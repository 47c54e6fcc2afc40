using System.Diagnostics;
using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>Sluice with one loop, one gate and its logs in the temporary folder. Everything else is the default.</summary>
internal sealed class SluicePeer(SluiceVariant variant, Func<Work, SluiceGate> gateFor, IReadOnlyList<string> commonSettings) : Peer
{
    /// <summary>Name of Sluice's TCP gate when another gate is measured.</summary>
    public const string TcpName = "sluice-tcp";

    public override string Name => variant.Name;

    public override IReadOnlyList<string> Programs => [];

    public bool NeedsDefaultProgram => variant.Program is null;

    /// <summary>Name of Sluice with host:port keys when another strategy is measured.</summary>
    public const string AddressName = "sluice-ipHost";

    /// <summary>Returns the same work with the default strategy.</summary>
    public static SluicePeer ByAddress(IReadOnlyList<string> commonSettings) =>
        new(SluiceVariant.Plain with { Name = AddressName }, _ => SluiceGate.Tcp, commonSettings);

    /// <summary>Returns the same work over the TCP gate.</summary>
    public static SluicePeer OnTcp(IReadOnlyList<string> commonSettings) =>
        new(SluiceVariant.Plain with { Name = TcpName }, _ => SluiceGate.Tcp, commonSettings);

    // If two peers would be the same relay, only one of them runs.
    public override bool CanDo(Work work) => Name switch
    {
        TcpName => work.Wire.WebSocket,
        AddressName => work is not RefusedWork,
        _ => true,
    };

    public override Wire WireFor(Work work) => gateFor(work) == SluiceGate.WebSocket ? work.Wire : work.Wire with { WebSocket = false };

    public override async Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        var file = Path.Combine(place.Folder, "config.toml");
        await File.WriteAllTextAsync(file, Configuration(place), stop);
        var gate = gateFor(place.Work);
        var keys = gate.WriteKeysAsync is { } write ? await write(place) : null;
        var program = Toolbox.SluiceCommand(variant.Program ?? place.Tools.Sluice!);
        var settings = commonSettings.Concat(variant.Settings).SelectMany(setting => new[] { "--set", setting });
        string[] command = [.. program, "run", "--config", file, .. settings];

        var started = Stopwatch.GetTimestamp();
        var process = Child.Start(Name, command, place.Core, place.Folder, variant.Environment);
        try
        {
            var address = await ReadyAsync(process, gate, stop);
            var startTime = Stopwatch.GetElapsedTime(started);
            process.DropOutput();
            return new Relay(process, address, key: place.Backend, startTime) { KeysFile = keys };
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for `ready tcp=127.0.0.1:7082 … pid=4711`. Log lines may precede it.</summary>
    private static async Task<string> ReadyAsync(Child process, SluiceGate gate, CancellationToken stop)
    {
        while (true)
        {
            var line = await process.ReadLineAsync(stop);
            if (!line.StartsWith("ready ", StringComparison.Ordinal))
            {
                continue;
            }

            var address = line.Split(' ').FirstOrDefault(word => word.StartsWith($"{gate.Name}=", StringComparison.Ordinal));
            return address?[(gate.Name.Length + 1)..] ?? throw new BenchException($"sluice printed no {gate.Name} address: {line}");
        }
    }

    /// <summary>
    /// Disables the admin endpoint, which the other relays do not have. The program of a variant may be older than this section.
    /// </summary>
    private string WithoutAdmin => variant.Program is not null ? "" : """

        [admin]
        enabled = false

        """;

    private string Configuration(RelayPlace place) => $"""
        [log]
        infofilePath = "{place.Folder}/info.log"
        errorfilePath = "{place.Folder}/error.log"
        {WithoutAdmin}
        {gateFor(place.Work).Configuration(place)}
        """;
}
