using System.Net.Sockets;
using Sluice.Kcp.Crypto;

namespace Sluice.Interop.Kcptun;

/// <summary>
/// kcptun itself as the peer of our KCP ports: its client dials ours, and ours dials its server, with every encryption that both support.
/// </summary>
public sealed class KcptunScenarios
{
    private const string Secret = "it's a secrect";
    private const int Bytes = 1_000_000;

    public static TheoryData<string, bool> Points()
    {
        var points = new TheoryData<string, bool>();
        foreach (string method in KcpPacketCrypto.Methods)
        {
            points.Add(method, false);
            points.Add(method, true);
        }

        return points;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Every_byte_of_a_kcptun_stream_arrives_in_both_directions(string method, bool fec)
    {
        Assert.SkipUnless(KcptunProcess.IsInstalled, "Debian's kcptun is not installed");
        var settings = new KcptunSettings(method, Secret, fec ? 10 : 0, fec ? 3 : 0, Compress: fec);
        using TcpBackend echo = TcpBackend.StartEcho();
        (KcptunProcess server, var udp) = await KcptunProcess.StartServerAsync(echo.EndPoint, settings);
        using KcptunProcess runningServer = server;
        await using KcpMiddle middle = await KcpMiddle.StartAsync(udp, settings);
        (KcptunProcess client, var tcp) = await KcptunProcess.StartClientAsync(middle.EndPoint, settings);
        using KcptunProcess runningClient = client;

        // The streams share one session through smux.
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async i =>
        {
            // Random bytes do not compress, so as many pass as are sent.
            byte[] sent = new byte[Bytes];
            new Random(i).NextBytes(sent);
            using var application = new TcpClient();
            await application.ConnectAsync(tcp);
            await using NetworkStream stream = application.GetStream();
            Task writing = stream.WriteAsync(sent).AsTask();
            byte[] received = new byte[Bytes];
            await stream.ReadExactlyAsync(received).AsTask().WaitAsync(GatewayWorld.Patience);
            await writing;
            Assert.True(received.AsSpan().SequenceEqual(sent), $"stream {i} differs at byte {received.AsSpan().CommonPrefixLength(sent)}");
        }));
        Assert.True(middle.Passed > 3 * 2 * Bytes, $"only {middle.Passed} bytes passed");
    }
}
