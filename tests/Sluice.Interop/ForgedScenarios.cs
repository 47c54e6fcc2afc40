using Sluice.Gateway.Gates;

namespace Sluice.Interop;

/// <summary>Who forges the address of a sender can have backends dialled, but not many, and shuts nobody out.</summary>
public sealed class ForgedScenarios(GoPeer peer)
{
    private const int Forged = 300;

    /// <summary>Clients without a proof that are served at one time (docs/threat-model.md).</summary>
    private const int MostServed = 64;

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 0, true)]
    [InlineData(10, 3, false)]
    [InlineData(10, 3, true)]
    public async Task AFloodOfForgedKeysReachesTheBackendAFewTimesAndRealClientsProveThemselves(int data, int parity, bool turbo)
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

        // What comes in one turn of the loop is counted before the first of it is served, so it may be none at all.
        Assert.InRange(dialled, 0, MostServed);
        Assert.Empty(world.Errors);
        Array.ForEach(forged, nobody => nobody.Dispose());
    }
}
