using Sluice.Bench.Processes;

namespace Sluice.Bench.Peers;

/// <summary>The bare epoll relay in peers/relay.c, the lower bound.</summary>
internal sealed class CRelayPeer : Peer
{
    public override string Name => "c-relay";

    public override IReadOnlyList<string> Programs => [];

    public override Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        string[] splice = place.Work.ZeroCopy ? ["--splice"] : [];
        string[] command = [place.Tools.Relay, "--listen", "0", "--backend", place.Backend, .. splice];
        return Relay.WhenItIsReadyAsync(() => Child.Start(Name, command, place.Core, place.Folder), key: null, stop);
    }
}
