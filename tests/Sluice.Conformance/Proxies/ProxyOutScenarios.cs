using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sluice.Conformance.Tls;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;

namespace Sluice.Conformance.Proxies;

/// <summary>Backends that receive a header naming their client before its first byte.</summary>
public class ProxyOutScenarios
{
    public static TheoryData<Engine> Engines => Engine.OfTcpGate;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_first_bytes_to_a_backend_name_both_ends_of_the_clients_connection(Engine engine)
    {
        await using var backend = TestBackend.Start(TestBackend.EchoAsync);
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            engine, options => options with { ProxyProtocol = ProxyProtocolVersion.V1 });
        using Socket client = await world.EnterAsync(backend.Key);
        await client.SendAllAsync("hello"u8.ToArray());
        string line = await ReadLineAsync(client);
        Assert.Matches($"^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 [1-9][0-9]* {world.EndPoint.Port}$", line);
        if (!engine.Tls)
        {
            Assert.Contains($" {((IPEndPoint)client.LocalEndPoint!).Port} ", line, StringComparison.Ordinal);
        }

        Assert.Equal("hello"u8.ToArray(), await client.ReceiveExactlyAsync(5));
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());

        // The header does not count as payload, but its echo does.
        IReadOnlyDictionary<string, object?> ended = await world.NextEndedAsync();
        Assert.Equal((5L, line.Length + 2L + 5L), (ended["BytesFromClient"], ended["BytesFromBackend"]));
    }

    [Theory]
    [InlineData(1, "PROXY TCP6 2001:db8::7 2001:db8::1 4711 443\r\n")]
    [InlineData(2, "PROXY TCP6 2001:db8::7 2001:db8::1 4711 443\r\n")]
    public async Task Addresses_that_a_proxy_announced_are_passed_on_to_the_backend(int version, string expected)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new Engine(default, ZeroCopy: true),
            options => options with
            {
                ProxyProtocol = ProxyProtocolVersion.V1,
                Tcp = options.Tcp! with
                {
                    AcceptProxyFrom = [AddressRange.TryParse("127.0.0.1", out AddressRange range) ? range : default],
                },
            });
        using Socket client = await world.ConnectAsync();
        byte[] header = Headers.Of(version, "[2001:db8::7]:4711", "[2001:db8::1]:443");
        await client.SendAllAsync((byte[])[.. header, .. GatewayWorld.Frame(backend.Key)]);
        byte[] answer = GatewayWorld.Join(GatewayWorld.Ok, Encoding.ASCII.GetBytes(expected));
        Assert.Equal(answer, await client.ReceiveExactlyAsync(answer.Length));
    }

    [Fact]
    public async Task A_tls_backend_gets_the_header_before_the_handshake()
    {
        using var authority = new TestAuthority();
        TlsCertificateFiles files = authority.IssueFiles("127.0.0.1");
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(files.CertificateFile, files.KeyFile);
        string first = "";
        await using var backend = TestBackend.Start(async socket =>
        {
            first = await ReadLineAsync(socket);
            await using var tls = new SslStream(new NetworkStream(socket));
            await tls.AuthenticateAsServerAsync(pem).WaitAsync(SocketExtensions.Patience);
            await tls.WriteAsync("inside"u8.ToArray());
            await tls.ShutdownAsync();
        });
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new Engine(default, ZeroCopy: false),
            options => options with
            {
                ProxyProtocol = ProxyProtocolVersion.V1,
                BackendTls = new BackendTlsOptions { CaFile = authority.File },
            });
        using Socket client = await world.EnterAsync(backend.Key);
        Assert.Equal("inside"u8.ToArray(), await client.ReceiveExactlyAsync(6));
        Assert.StartsWith("PROXY TCP4 127.0.0.1 127.0.0.1 ", first, StringComparison.Ordinal);
    }

    private static async Task<string> ReadLineAsync(Socket socket)
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            line.Append((char)(await socket.ReceiveExactlyAsync(1))[0]);
        }

        return line.ToString()[..^2];
    }
}
