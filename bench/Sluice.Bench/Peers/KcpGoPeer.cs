using Sluice.Bench.Processes;

namespace Sluice.Bench.Peers;

/// <summary>The minimal kcp-go relay in peers/kcp/relay.go, with GOMAXPROCS=1.</summary>
internal sealed class KcpGoPeer : Peer
{
    private static readonly KeyValuePair<string, string>[] OneProcessor = [new("GOMAXPROCS", "1")];

    public override string Name => "kcp-go";

    public override IReadOnlyList<string> Programs => [];

    public override async Task<string?> VersionAsync(Toolbox tools, CancellationToken stop) =>
        (await Tool.OutputAsync(tools.Kcp, ["version"], stop)).Trim();

    public override Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        var kcp = place.KcpSettings;
        string[] command = [place.Tools.Kcp, "relay", .. kcp.Arguments, $"--to-kcp={(kcp.Reciprocity ? "true" : "false")}"];
        return Relay.WhenItIsReadyAsync(() => Child.Start(Name, command, place.Core, place.Folder, OneProcessor), key: place.Backend, stop);
    }
}
