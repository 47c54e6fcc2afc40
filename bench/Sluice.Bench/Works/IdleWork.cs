using Sluice.Bench.Peers;
using Sluice.Bench.Processes;

namespace Sluice.Bench.Works;

/// <summary>
/// Memory and processor time of connections that are used once and then idle. The first 200 are not counted, because they pay for a
/// relay's one-time set-up.
/// </summary>
internal sealed class IdleWork(int counted, Medium? medium = null) : Work
{
    public static readonly Metric PerConnection = new("bytes RSS per connection", "#,0");
    public static readonly Metric IdleCpu = new("CPU ms per idle s", "0.00");
    private static readonly Metric Resident = new("MB RSS in all", "0.0");
    private const int First = 200;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Time until connections that were just used are idle: pending acknowledgements and handshake deadlines are over by then.
    /// </summary>
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
        await rig.Load.RunAsync(stop);   // checks that all of them are still open
        return new()
        {
            [PerConnection] = (resident - before) / (double)counted,
            [Resident] = resident / 1e6,
            [IdleCpu] = cpu.TotalMilliseconds / idle.TotalSeconds,
        };
    }
}
