using System.Net;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;
using Sluice.Kcp;
using Sluice.Kcp.Crypto;

namespace Sluice.Interop;

/// <summary>
/// kcp-go with kcptun's encryption on both sides of the gateway: every byte arrives, and peers without the key are ignored.
/// </summary>
public sealed class CryptScenarios(GoPeer peer)
{
    private const string Secret = "a secret of the tests";

    public static TheoryData<string, bool, bool, int> Points()
    {
        var points = new TheoryData<string, bool, bool, int>();
        foreach (string method in KcpPacketCrypto.Methods)
        {
            points.Add(method, false, false, 0);
            points.Add(method, false, true, 0);
            points.Add(method, true, false, 0);
            points.Add(method, true, true, 0);
        }

        foreach (bool kcpBackend in (bool[])[false, true])
        {
            points.Add("aes", kcpBackend, true, 15);
            points.Add("aes-128", kcpBackend, false, 5);
        }

        return points;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Every_byte_arrives_with_every_encryption(string method, bool kcpBackend, bool fec, int lossPercent)
    {
        int seed = Seed.Of(method, kcpBackend, fec, lossPercent);
        int bulk = lossPercent == 0 ? 1_000_000 : 200_000;
        PeerSettings settings = new PeerSettings(Seed: seed, Crypt: method, Secret: Secret) with
        {
            Data = fec ? 10 : 0,
            Parity = fec ? 3 : 0,
        };
        using TcpBackend tcp = TcpBackend.StartProtocol();
        (PeerProcess? server, int serverPort) = kcpBackend ? await peer.StartServerAsync(settings) : (null, 0);
        using PeerProcess? running = server;
        using LossyLink? behind =
            kcpBackend ? LossyLink.Start(new IPEndPoint(IPAddress.Loopback, serverPort), lossPercent, seed + 1) : null;
        await using GatewayWorld world =
            await GatewayWorld.StartAsync(Gate(method, settings) with { Reciprocity = kcpBackend }, loops: 1 + (seed & 1));
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed);
        using PeerProcess client = peer.StartClient(settings, link.Port);
        try
        {
            Assert.Equal("ok", await client.EnterAsync(behind is null ? tcp.Key : $"127.0.0.1:{behind.Port}"));
            await client.DoAsync("echo 20");
            await client.DoAsync($"down {bulk}");
            await client.DoAsync($"up {bulk}");
            (long sent, long received) = await client.CountAsync($"both {bulk}");
            if (!kcpBackend)
            {
                (sent, received) = await client.CountAsync("end");
            }

            await (kcpBackend ? world.Gateway.DisposeAsync() : ValueTask.CompletedTask);
            Assert.Equal(new SessionLine(kcpBackend ? "shutdown" : "completed", "kcp", sent, received), await world.NextEndedAsync());
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.SkipException)
        {
            throw new InvalidOperationException($"{link}: {failure.Message}", failure);
        }

        Assert.True(link.ToClient!.Longest <= settings.Mtu, $"a datagram of {link.ToClient.Longest} bytes");
        Assert.Empty(world.Errors);
    }

    /// <summary>
    /// The gateway allows one pending handshake and evicts the older of two. If a stranger started a session, the guest would be evicted.
    /// </summary>
    [Theory]
    [InlineData("another secret")]
    [InlineData(null)]
    public async Task A_peer_without_the_right_key_gets_no_answer_and_takes_no_place(string? secret)
    {
        using TcpBackend backend = TcpBackend.StartProtocol();
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            Gate("aes", new PeerSettings()) with { Reciprocity = false },
            change: options => options with { Limits = new LimitOptions { MaxPendingHandshakes = 1 } });
        using PeerProcess guest = peer.StartClient(new PeerSettings(Crypt: "aes", Secret: Secret), world.EndPoint.Port);
        byte[] frame = GatewayWorld.Frame(backend.Key);
        await guest.DoAsync($"raw {Convert.ToHexString(frame[..2])}");

        using KcpPacketCrypto? crypto = secret is null ? null : KcpPacketCrypto.Create("aes", KcpKey.Derive(secret));
        using var stranger = new RawClient(world.EndPoint, 1);
        for (uint conv = 1; conv <= 500; conv++)
        {
            stranger.SendRaw(Sealed(crypto, Segments.Write(new WireSegment(conv, Segments.Push, 0, 128, 5, 0, 0, frame))));
        }

        await guest.DoAsync($"raw {Convert.ToHexString(frame[2..])}");
        Assert.Equal("ok", await guest.DoAsync("reply"));
        await guest.DoAsync("both 50000");
        (long sent, long received) = await guest.CountAsync("end");

        // The guest's session is the first one to end, so no other was started.
        Assert.Equal(new SessionLine("completed", "kcp", sent, received), await world.NextEndedAsync());
        Assert.Equal(0, stranger.Waiting);
        await world.Gateway.DisposeAsync();
        Assert.Equal(0, world.EndedUnread);
        Assert.Empty(world.Errors);
    }

    private static byte[] Sealed(KcpPacketCrypto? crypto, byte[] datagram)
    {
        if (crypto is null)
        {
            return datagram;
        }

        byte[] room = [.. new byte[KcpPacketCrypto.Overhead], .. datagram];
        crypto.Seal(room);
        return room;
    }

    private static KcpGateOptions Gate(string method, PeerSettings settings) => new()
    {
        Crypt = method,
        CryptKey = KcpKey.Derive(Secret),
        BackendFec = KcpFec.Fixed(settings.Data, settings.Parity),
    };
}
