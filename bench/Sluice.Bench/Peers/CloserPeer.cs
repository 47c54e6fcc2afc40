using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>Accepts and closes (peers/closer.c): the lower bound for rejecting a client.</summary>
internal sealed class CloserPeer : Peer
{
    public override string Name => "accept-close";

    public override IReadOnlyList<string> Programs => [];

    public override bool CanDo(Work work) => work is RefusedWork;

    public override Task<Relay> StartAsync(RelayPlace place, CancellationToken stop) =>
        Relay.WhenItIsReadyAsync(
            () => Child.Start(Name, [place.Tools.Closer, "--listen", "0"], place.Core, place.Folder), key: null, stop);
}
