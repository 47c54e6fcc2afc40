using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sluice.Conformance.Tls;
using Sluice.Gateway;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;

namespace Sluice.Conformance.Proxies;

/// <summary>
/// Both directions against HAProxy, whose authors wrote the specification: the gateway reads its headers, and it reads the gateway's.
/// </summary>
public class HaProxyScenarios
{
    private static readonly Engine Engine = new(default, ZeroCopy: true);

    [Theory]
    [InlineData("send-proxy", "127.0.0.1")]
    [InlineData("send-proxy-v2", "127.0.0.1")]
    [InlineData("send-proxy", "::1")]
    [InlineData("send-proxy-v2", "::1")]
    [InlineData("send-proxy-v2 proxy-v2-options unique-id,crc32c", "127.0.0.1")]
    public async Task Behind_HAProxy_the_log_and_the_limits_see_the_client(string option, string bind)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartGateAsync(
            options => options with { Limits = new LimitOptions { MaxConnectionsPerIp = 1 } });
        await using HaProxy proxy =
            await HaProxy.StartAsync("", $"    mode tcp\n    server gate {world.EndPoint} {option}", IPAddress.Parse(bind));
        using Socket client = await proxy.ConnectAsync();
        await client.SendAllAsync(GatewayWorld.Frame(backend.Key));
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
        byte[] payload = GatewayWorld.RandomBytes(300_000);
        Task sending = client.SendAllAsync(payload);
        Assert.Equal(payload, await client.ReceiveExactlyAsync(payload.Length));
        await sending;

        using Socket second = await proxy.ConnectAsync();
        await second.SendAllAsync(GatewayWorld.Frame(backend.Key));
        Assert.Equal(GatewayWorld.Failure("busy"), await second.ReceiveToEndAsync());
        Assert.Equal((second.LocalEndPoint!.ToString(), "busy"), Described(await world.NextEndedAsync()));

        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal((client.LocalEndPoint!.ToString(), "completed"), Described(await world.NextEndedAsync()));
    }

    /// <summary>Two address families in one header, a client without an address, and every TLV that HAProxy can send.</summary>
    [Theory]
    [InlineData("send-proxy", "tcp-request connection set-src ipv6(2001:db8::7)", "[2001:db8::7]:")]
    [InlineData("send-proxy-v2", "tcp-request connection set-src ipv6(2001:db8::7)", "[2001:db8::7]:")]
    [InlineData("send-proxy", "tcp-request connection set-dst ipv6(2001:db8::1)", "127.0.0.1:")]
    [InlineData("send-proxy-v2", "tcp-request connection set-dst ipv6(2001:db8::1)", "127.0.0.1:")]
    [InlineData("send-proxy", "bind unix@SOCKET", "127.0.0.1:")]
    [InlineData("send-proxy-v2", "bind unix@SOCKET", "127.0.0.1:")]
    [InlineData("send-proxy-v2 proxy-v2-options crc32c,unique-id", "bind unix@SOCKET", "127.0.0.1:")]
    [InlineData(
        "send-proxy-v2 check-send-proxy proxy-v2-options authority,cert-cn,cert-key,cert-sig,crc32c,ssl,ssl-cipher,unique-id",
        "",
        "127.0.0.1:")]
    public async Task Every_header_that_HAProxy_writes_is_read(string option, string directive, string client)
    {
        string folder = Directory.CreateTempSubdirectory("sluice-unix-").FullName;
        try
        {
            string path = Path.Combine(folder, "proxy.sock");
            await using var backend = TestBackend.StartEcho();
            await using GatewayWorld world = await StartGateAsync(options => options);
            await using HaProxy proxy = await HaProxy.StartAsync(
                "",
                $"    mode tcp\n    {directive.Replace("SOCKET", path, StringComparison.Ordinal)}\n"
                    + $"    server gate {world.EndPoint} {option}",
                IPAddress.Loopback);
            using Socket socket =
                directive.StartsWith("bind", StringComparison.Ordinal) ? await ConnectUnixAsync(path) : await proxy.ConnectAsync();
            await socket.SendAllAsync((byte[])[.. GatewayWorld.Frame(backend.Key), .. "hello"u8]);
            byte[] expected = GatewayWorld.Join(GatewayWorld.Ok, "hello"u8.ToArray());
            Assert.Equal(expected, await socket.ReceiveExactlyAsync(expected.Length));
            socket.Shutdown(SocketShutdown.Send);
            Assert.Empty(await socket.ReceiveToEndAsync());
            (string? named, string reason) = Described(await world.NextEndedAsync());
            Assert.StartsWith(client, named, StringComparison.Ordinal);
            Assert.Equal("completed", reason);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_clients_tls_passes_through_HAProxy_after_the_header()
    {
        using var authority = new TestAuthority();
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartGateAsync(options => options with
        {
            Tcp = options.Tcp! with { Tls = new TlsServerOptions { Certificates = [authority.IssueFiles("gate.test")] } },
        });
        await using HaProxy proxy =
            await HaProxy.StartAsync("", $"    mode tcp\n    server gate {world.EndPoint} send-proxy-v2", IPAddress.Loopback);
        Socket socket = await proxy.ConnectAsync();
        string own = socket.LocalEndPoint!.ToString()!;
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(TlsBridge.ClientOptions(authority)).WaitAsync(SocketExtensions.Patience);
        await tls.EnterAsync(backend.Key);
        await tls.AssertEchoAsync(GatewayWorld.RandomBytes(50_000));
        await tls.ShutdownAsync();
        Assert.Empty(await tls.ReceiveToEndAsync());
        Assert.Equal((own, "completed"), Described(await world.NextEndedAsync()));
    }

    [Theory]
    [InlineData(ProxyProtocolVersion.V1, false, "")]
    [InlineData(ProxyProtocolVersion.V2, false, "match-7.game")]
    [InlineData(ProxyProtocolVersion.V2, true, "match-7.game")]
    public async Task HAProxy_as_a_backend_reads_client_session_and_node(ProxyProtocolVersion version, bool tls, string authority)
    {
        using var issuer = new TestAuthority();
        await using HaProxy proxy = await StartReaderAsync(tls ? issuer : null);
        await using GatewayWorld world = await GatewayWorld.StartAsync(Engine, options => options with
        {
            ProxyProtocol = version,
            Resolver = new OneNode(proxy.EndPoint, "match-7.game"),
            BackendTls = tls ? new BackendTlsOptions { CaFile = issuer.File } : null,
        });
        using Socket client = await world.EnterAsync("any");
        string[] read = await AskAsync(client);
        var own = (IPEndPoint)client.LocalEndPoint!;
        Assert.Equal([$"{own.Address}", $"{own.Port}", "127.0.0.1", $"{world.EndPoint.Port}"], read[..4]);
        Assert.Equal(authority, read[4]);
        Assert.Matches(version == ProxyProtocolVersion.V2 ? "^[0-9a-f]{16}-1$" : "^$", read[5]);
    }

    [Theory]
    [InlineData(ProxyProtocolVersion.V1, "[2001:db8::7]:4711", "[2001:db8::1]:443")]
    [InlineData(ProxyProtocolVersion.V2, "[2001:db8::7]:4711", "[2001:db8::1]:443")]
    [InlineData(ProxyProtocolVersion.V2, "203.0.113.7:4711", "198.51.100.1:443")]
    public async Task HAProxy_reads_the_addresses_that_a_proxy_announced(
        ProxyProtocolVersion version, string client, string destination)
    {
        await using HaProxy proxy = await StartReaderAsync(null);
        await using GatewayWorld world = await StartGateAsync(
            options => options with { ProxyProtocol = version, Resolver = new OneNode(proxy.EndPoint, null) });
        using Socket socket = await world.ConnectAsync();
        await socket.SendAllAsync((byte[])[.. Headers.Of(2, client, destination), .. GatewayWorld.Frame("any")]);
        Assert.Equal(GatewayWorld.Ok, await socket.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
        string[] read = await AskAsync(socket);
        Assert.Equal((IPEndPoint.Parse(client), IPEndPoint.Parse(destination)), (Of(read[0], read[1]), Of(read[2], read[3])));
    }

    /// <summary>A client over IPv4 that reached the gateway over IPv6. A header has one address family for both.</summary>
    [Fact]
    public async Task HAProxy_reads_a_client_and_a_gateway_of_different_families()
    {
        await using HaProxy proxy = await StartReaderAsync(null);
        await using GatewayWorld world = await GatewayWorld.StartAsync(Engine, options => options with
        {
            ProxyProtocol = ProxyProtocolVersion.V2,
            Resolver = new OneNode(proxy.EndPoint, null),
            Tcp = options.Tcp! with { Bind = IPAddress.IPv6Loopback, AcceptProxyFrom = [Range("::1")] },
        });
        using Socket socket = await world.ConnectAsync();
        byte[] header = Encoding.ASCII.GetBytes("PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 4711 443\r\n");
        await socket.SendAllAsync((byte[])[.. header, .. GatewayWorld.Frame("any")]);
        Assert.Equal(GatewayWorld.Ok, await socket.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
        string[] read = await AskAsync(socket);
        Assert.Equal((IPAddress.Parse("203.0.113.7"), "4711"), (Unmapped(read[0]), read[1]));
        Assert.Equal(("2001:db8::1", "443"), (read[2], read[3]));
    }

    private static async Task<Socket> ConnectUnixAsync(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    private static Task<GatewayWorld> StartGateAsync(Func<GatewayOptions, GatewayOptions> change) => GatewayWorld.StartAsync(
        Engine,
        options => change(options with { Tcp = options.Tcp! with { AcceptProxyFrom = [Range("127.0.0.1")] } }));

    /// <summary>Starts an HAProxy that answers each request with the contents of the connection's header.</summary>
    private static Task<HaProxy> StartReaderAsync(TestAuthority? tls)
    {
        string bind = "accept-proxy";
        if (tls is not null)
        {
            TlsCertificateFiles files = tls.IssueFiles("127.0.0.1");
            bind += $" ssl crt {tls.Write("both.pem", File.ReadAllText(files.CertificateFile) + "\n" + File.ReadAllText(files.KeyFile))}";
        }

        return HaProxy.StartAsync(
            bind,
            "    mode http\n    http-request return status 200 content-type text/plain lf-string "
                + "\"%[src]|%[src_port]|%[dst]|%[dst_port]|%[fc_pp_authority]|%[fc_pp_unique_id]\"",
            IPAddress.Loopback);
    }

    private static async Task<string[]> AskAsync(Socket client)
    {
        await client.SendAllAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        string answer = Encoding.ASCII.GetString(await client.ReceiveToEndAsync());
        return answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Split('|');
    }

    private static (string? Client, string Reason) Described(IReadOnlyDictionary<string, object?> line) =>
        (line["Client"]!.ToString(), (string)line["Reason"]!);

    private static AddressRange Range(string text) =>
        AddressRange.TryParse(text, out AddressRange range) ? range : throw new FormatException(text);

    private static IPEndPoint Of(string address, string port) =>
        IPEndPoint.Parse(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}");

    private static IPAddress Unmapped(string text) =>
        IPAddress.Parse(text) is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : IPAddress.Parse(text);

    private sealed class OneNode(IPEndPoint backend, string? name) : IBackendResolver
    {
        public string Name => "one-node";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) =>
            new(Resolution.To(new Backend(backend)) with { NodeName = name });
    }
}
