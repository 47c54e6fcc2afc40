using Sluice.Gateway.Gates;

namespace Sluice.Interop;

/// <summary>A peer that forges sender addresses can make the gateway dial only a few backends, and it blocks no real client.</summary>
public sealed class ForgedScenarios(GoPeer peer)
{
    private const int Forged = 300;

    /// <summary>Clients served at one time without a proof of their address (docs/threat-model.md).</summary>
    private const int MostServed = 64;

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 0, true)]
    [InlineData(10, 3, false)]
    [InlineData(10, 3, true)]
    public async Task A_flood_of_forged_keys_dials_few_backends_and_real_clients_are_served(int data, int parity, bool turbo)
    {
        int dialled = 0;
        using TcpBackend attacked = TcpBackend.Start(async stream =>
        {
            Interlocked.Increment(ref dialled);
            await stream.CopyToAsync(Stream.Null);
        });
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = false });
        RawClient[] forged = [.. Enumerable.Range(0, Forged).Select(i => new RawClient(world.EndPoint, 1000))];
        foreach (RawClient nobody in forged)
        {
            nobody.Send(nobody.Push(GatewayWorld.Frame(attacked.Key)));
        }

        using PeerProcess client = peer.StartClient(new PeerSettings(data, parity, turbo), world.EndPoint.Port);
        Assert.Equal("ok", await client.EnterAsync(backend.Key));
        await client.DoAsync("echo 20");
        await client.DoAsync("both 100000");

        // All datagrams of one turn are counted before the first is served, so there may be no dial at all.
        Assert.InRange(dialled, 0, MostServed);
        Assert.Empty(world.Errors);
        Array.ForEach(forged, nobody => nobody.Dispose());
    }
}
