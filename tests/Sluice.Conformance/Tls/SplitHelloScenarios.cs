using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Tls;

/// <summary>
/// A ClientHello split over several records (RFC 8446 5.1): large ones, and those of clients that hide their server name from filters.
/// </summary>
public sealed class SplitHelloScenarios : IDisposable
{
    private readonly TestAuthority _authority = new();

    public static TheoryData<Protocol, SslProtocols> GatesAndVersions => HostileTlsScenarios.GatesAndVersions;

    private TlsServerOptions Certificates => TlsWorld.With(_authority.IssueFiles("gate.test"), _authority.IssueFiles("other.test"));

    public void Dispose() => _authority.Dispose();

    [Theory, InlineData(SslProtocols.Tls12), InlineData(SslProtocols.Tls13)]
    public async Task The_server_name_selects_the_certificate_wherever_the_hello_is_split(SslProtocols protocol)
    {
        await using GatewayWorld world = await TlsWorld.StartAsync(Certificates);
        int helloBytes = int.MaxValue;
        for (int at = 1; at < helloBytes; at++)
        {
            using Socket socket = await world.ConnectAsync();
            var stream = new SplitHelloStream(socket, [at]);
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(Options(protocol)).WaitAsync(SocketExtensions.Patience);
            Assert.Equal("other.test", tls.ServerName());
            helloBytes = stream.HelloBytes;
        }
    }

    [Theory, MemberData(nameof(GatesAndVersions))]
    public async Task A_hello_in_separate_records_of_one_byte_starts_a_session(Protocol gate, SslProtocols protocol)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await TlsWorld.StartAsync(Certificates, gate);
        using Socket socket = await world.ConnectAsync();
        await using var tls = new SslStream(new SplitHelloStream(socket, Enumerable.Range(1, 100_000), apart: true));
        await tls.AuthenticateAsClientAsync(Options(protocol)).WaitAsync(SocketExtensions.Patience);
        Assert.Equal("other.test", tls.ServerName());
        await tls.EnterAsync(backend.Key, gate);
        await tls.AssertEchoAsync(RandomBytes(50_000), gate);
    }

    [Theory, InlineData("-tls1_2"), InlineData("-tls1_3")]
    public async Task A_large_hello_of_OpenSSL_in_small_records_starts_a_session(string version)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await TlsWorld.StartAsync(Certificates);
        string protocols = string.Join(',', Enumerable.Range(0, 60).Select(i => $"protocol-{i}-{new string('x', 30)}"));
        await using var client = OpenSslClient.Start(
            world.EndPoint, version, "-max_send_frag", "512", "-alpn", protocols, "-servername", "other.test",
            "-CAfile", _authority.File, "-verify_return_error", "-verify_hostname", "other.test");
        await client.SendAsync(Frame(backend.Key));
        Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
        byte[] payload = RandomBytes(50_000);
        await client.SendAsync(payload);
        Assert.Equal(payload, await client.ReceiveExactlyAsync(payload.Length));
    }

    /// <summary>Each is rejected by its deadline.</summary>
    [Theory, InlineData(1), InlineData(1000)]
    public async Task A_hello_that_is_too_large_is_a_bad_frame_and_an_endless_one_times_out(int recordBytes)
    {
        await using GatewayWorld world = await TlsWorld.StartAsync(Certificates, virtualTime: true);
        byte[] hello = [1, 0xff, 0xff, 0xff, .. RandomBytes(100_000)];
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync(hello.Chunk(recordBytes).SelectMany(SplitHelloStream.Record).ToArray());
        await client.ReceiveToEndAsync();
        Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);

        // The gateway waits for a hello of the maximum length until the deadline.
        using Socket slow = await world.ConnectAsync();
        byte[] longest = [1, 0, 0x3f, 0xfc, .. RandomBytes(16_379)];
        await slow.SendAllAsync(longest.Chunk(recordBytes).SelectMany(SplitHelloStream.Record).ToArray());
        await world.PassTurnsAsync();
        await world.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.False(slow.Poll(0, SelectMode.SelectRead), "the connection ended before its deadline");
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        await slow.ReceiveToEndAsync();
        Assert.Equal("timeout", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task Another_record_between_those_of_the_hello_is_a_bad_frame()
    {
        await using GatewayWorld world = await TlsWorld.StartAsync(Certificates);
        byte[] hello = [1, 0, 1, 0, .. RandomBytes(256)];
        byte[] alert = [21, 3, 3, 0, 2, 1, 90];
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync((byte[])[.. SplitHelloStream.Record(hello[..100]), .. alert, .. SplitHelloStream.Record(hello[100..])]);
        await client.ReceiveToEndAsync();
        Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
    }

    private static SslClientAuthenticationOptions Options(SslProtocols protocol)
    {
        SslClientAuthenticationOptions options = TlsWorld.Anything("other.test");
        options.EnabledSslProtocols = protocol;
        return options;
    }

    /// <summary>Splits the payload of the first written record at these places, into one record each.</summary>
    private sealed class SplitHelloStream(Socket socket, IEnumerable<int> places, bool apart = false) : NetworkStream(socket)
    {
        public int HelloBytes { get; private set; }

        public static byte[] Record(byte[] payload) => [22, 3, 1, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (HelloBytes > 0)
            {
                await base.WriteAsync(buffer, cancellationToken);
                return;
            }

            byte[] hello = buffer[5..].ToArray();
            HelloBytes = hello.Length;
            int start = 0;
            var records = new List<byte[]>();
            foreach (int end in places.TakeWhile(place => place < hello.Length).Append(hello.Length))
            {
                records.Add(Record(hello[start..end]));
                start = end;
            }

            foreach (byte[] record in apart ? records : [[.. records.SelectMany(record => record)]])
            {
                await base.WriteAsync(record, cancellationToken);
            }
        }
    }
}
