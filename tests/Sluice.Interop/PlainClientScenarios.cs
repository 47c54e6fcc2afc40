using System.Buffers.Binary;
using System.Net;
using Sluice.Gateway.Gates;
using Sluice.Kcp;

namespace Sluice.Interop;

/// <summary>A complete plain client without FEC, like one built on the C library, also under loss.</summary>
public sealed class PlainClientScenarios(GoPeer peer)
{
    private const int Bytes = 150_000;

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 10)]
    [InlineData(true, 0)]
    [InlineData(true, 10)]
    public async Task Every_byte_of_a_plain_client_arrives(bool kcpBackend, int lossPercent)
    {
        int seed = Seed.Of(kcpBackend, lossPercent);
        using TcpBackend tcp = TcpBackend.StartProtocol();
        (PeerProcess? server, int port) = kcpBackend ? await peer.StartServerAsync(new PeerSettings(10, 3)) : (null, tcp.EndPoint.Port);
        using PeerProcess? running = server;
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = kcpBackend, BackendFec = KcpFec.Fixed(10, 3) }, loops: 1 + (seed & 1));
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using var client = new PlainClient(new IPEndPoint(IPAddress.Loopback, link.Port), (uint)seed);
        try
        {
            byte[] message = TcpBackend.Pattern(Bytes);
            byte[] request = [.. Header('E', Bytes), .. message];
            byte[] answer = await client.ExchangeAsync(
                (byte[])[.. GatewayWorld.Frame($"127.0.0.1:{port}"), .. request], GatewayWorld.Ok.Length + Bytes);
            Assert.Equal([.. GatewayWorld.Ok, .. message], answer);

            // A peer must keep answering until the gateway has its last acknowledgement.
            Task<SessionLine> ended = world.NextEndedAsync();
            byte[] end = kcpBackend ? [] : Header('Q', 0);
            Task<byte[]> answering = client.ExchangeAsync(end, 0, ended);
            await (kcpBackend ? world.Gateway.DisposeAsync() : ValueTask.CompletedTask);
            Assert.Equal(new SessionLine(kcpBackend ? "shutdown" : "completed", "kcp", request.Length + end.Length, Bytes), await ended);
            await (kcpBackend ? Task.CompletedTask : answering);
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.SkipException)
        {
            throw new InvalidOperationException($"{link}: {failure.Message}", failure);
        }

        Assert.True(lossPercent == 0 || client.Resent > 0, "nothing was lost");
        Assert.Empty(world.Errors);
    }

    private static byte[] Header(char operation, int length)
    {
        byte[] header = [(byte)operation, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(1), length);
        return header;
    }
}
