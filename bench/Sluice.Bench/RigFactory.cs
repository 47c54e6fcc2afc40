using Sluice.Bench.Peers;
using Sluice.Bench.Processes;
using Sluice.Bench.Works;

namespace Sluice.Bench;

/// <summary>Starts backend, relay and load, in this order, each on its core.</summary>
internal sealed class RigFactory(BenchOptions options, Toolbox tools, TemporaryFolder folder, CancellationToken stop)
{
    private readonly Lazy<ServerCertificate> _certificate = new(() => new ServerCertificate(folder.Root));

    public async Task<Rig> StartAsync(Work work, Peer peer)
    {
        Child? backend = null;
        Relay? relay = null;
        Load? load = null;
        try
        {
            backend = Child.Start("backend", BackendCommand(work, peer), options.LoadCore, folder.Root);
            var address = await backend.ReadyAddressAsync(stop);
            ServerCertificate? certificate = work.Wire.Tls ? _certificate.Value : null;
            var place = new RelayPlace(tools, folder.NewFolder(), options.RelayCore, address, work, certificate);
            relay = await peer.StartAsync(place, stop);
            if (work.LoadArguments(peer, options) is { } arguments)
            {
                string[] key = relay.KeysFile is { } file ? ["--keys", file] : relay.Key is null ? [] : ["--key", relay.Key];
                string[] command = [.. LoadCommand(work), .. peer.WireFor(work).Arguments, "--target", relay.Address, .. key, .. arguments];
                load = new Load(Child.Start("load", command, options.LoadCore, folder.Root));
                await work.SetUpAsync(load, relay, options, stop);
            }

            return new Rig(peer, backend, relay, load);
        }
        catch
        {
            await DisposeAsync(load);
            await DisposeAsync(relay);
            await DisposeAsync(backend);
            throw;
        }
    }

    private string[] BackendCommand(Work work, Peer peer) => work.Kcp is { Reciprocity: true } kcp
        ? [tools.Kcp, "backend", .. kcp.Arguments]
        : [tools.Backend, "--mode", work.BackendMode(peer)];

    private string[] LoadCommand(Work work) => work.Kcp is { } kcp ? [tools.Kcp, "load", .. kcp.Arguments] : [tools.Load];

    private static ValueTask DisposeAsync(IAsyncDisposable? what) => what?.DisposeAsync() ?? ValueTask.CompletedTask;
}
