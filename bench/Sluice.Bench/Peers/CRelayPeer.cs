using System.Diagnostics;
using Sluice.Bench.Processes;

namespace Sluice.Bench.Peers;

/// <summary>The bare epoll relay of peers/relay.c: the limit.</summary>
internal sealed class CRelayPeer : Peer
{
    public override string Name => "c-relay";

    public override IReadOnlyList<string> Programs => [];

    public override async Task<Relay> StartAsync(RelayPlace place, CancellationToken stop)
    {
        string[] splice = place.ZeroCopy ? ["--splice"] : [];
        string[] command = [place.Tools.Relay, "--listen", "0", "--backend", place.Backend, .. splice];
        var started = Stopwatch.GetTimestamp();
        var process = Child.Start(Name, command, place.Core, place.Folder);
        try
        {
            var address = await process.ReadyAddressAsync(stop);
            return new Relay(process, address, key: null, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
