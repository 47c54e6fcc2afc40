using Sluice.Bench.Peers;
using Sluice.Bench.Processes;

namespace Sluice.Bench.Works;

/// <summary>
/// Memory and processor time of connections that were used once and then keep still. The first 200 are not counted: they pay for
/// what a relay sets up only once.
/// </summary>
internal sealed class IdleWork(int counted, Medium? medium = null) : Work
{
    public static readonly Metric PerConnection = new("bytes RSS per connection", "#,0");
    public static readonly Metric IdleCpu = new("CPU ms per idle s", "0.00");
    private static readonly Metric Resident = new("MB RSS in all", "0.0");
    private const int First = 200;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    /// <summary>Until connections that were just used are idle: what a relay still owes them (acknowledgements, deadlines of the handshake) is over.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);
    private readonly Dictionary<Relay, long> _base = [];

    public override string Name => $"idle{medium?.NameEnding}";

    public override string Title => $"{counted:#,0} idle {Medium.Connections}";

    public override Medium Medium => medium ?? base.Medium;

    public override bool StartsAnew => true;

    public override IReadOnlyList<Metric> Metrics => [PerConnection, Resident, IdleCpu];

    public override IReadOnlyList<string> LoadArguments(Peer peer, BenchOptions options) =>
        ["--mode", "idle", "--connections", $"{First + counted}", "--base", $"{First}"];

    public override async Task SetUpAsync(Load load, Relay relay, BenchOptions options, CancellationToken stop)
    {
        await load.ExpectAsync("base", stop);
        await Task.Delay(Rest, stop);
        _base[relay] = relay.ResidentBytes;
        await load.GoAsync();
        await load.ExpectAsync("ready", stop);
    }

    public override async Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop)
    {
        _base.Remove(rig.Relay, out var before);
        await Task.Delay(Settling, stop);
        var resident = rig.Relay.ResidentBytes;
        var idle = TimeSpan.FromSeconds(Math.Max(1, 3 * options.Seconds));
        var cpu = rig.Relay.ProcessorTime;
        await Task.Delay(idle, stop);
        cpu = rig.Relay.ProcessorTime - cpu;
        await rig.Load.RunAsync(stop);   // all of them are still open
        return new()
        {
            [PerConnection] = (resident - before) / (double)counted,
            [Resident] = resident / 1e6,
            [IdleCpu] = cpu.TotalMilliseconds / idle.TotalSeconds,
        };
    }
}
