using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Sluice.Conformance.Tls;
using Sluice.Gateway;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;

namespace Sluice.Conformance.Proxies;

/// <summary>Clients announced by a proxy (PROXY protocol), and peers that only pretend to be one.</summary>
public class ProxyInScenarios
{
    private const string Client = "203.0.113.7:4711";
    private const string Gate = "198.51.100.1:7082";

    public static TheoryData<Engine, int> EnginesAndVersions =>
        [.. Engine.Plain.SelectMany(row => new[] { 1, 2 }.Select(version => new TheoryDataRow<Engine, int>(row.Data, version)))];

    [Theory]
    [MemberData(nameof(EnginesAndVersions))]
    public async Task Bytes_after_a_header_are_relayed_whole_and_the_header_names_the_client(Engine engine, int version)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        byte[] payload = GatewayWorld.RandomBytes(100_000);
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync((byte[])[.. Headers.Of(version, Client, Gate), .. GatewayWorld.Frame(backend.Key), .. payload[..1000]]);
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
        Task sending = client.SendAllAsync(payload.AsMemory(1000));
        Assert.Equal(payload, await client.ReceiveExactlyAsync(payload.Length));
        await sending;
        client.Shutdown(SocketShutdown.Send);
        Assert.Empty(await client.ReceiveToEndAsync());
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal((Client, "completed"), (line["Client"]!.ToString(), line["Reason"]));
        Assert.Equal((long)payload.Length, line["BytesFromClient"]);
    }

    [Theory]
    [MemberData(nameof(EnginesAndVersions))]
    public async Task Header_and_key_may_be_split_anywhere(Engine engine, int version)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        byte[] header = Headers.Of(version, "[2001:db8::7]:4711", "[2001:db8::1]:7082");
        byte[] bytes = [.. header, .. GatewayWorld.Frame(backend.Key)];
        foreach (int split in (int[])[1, 5, 12, 15, 16, 17, header.Length - 1, header.Length, header.Length + 2, bytes.Length - 1])
        {
            using Socket client = await world.ConnectAsync();
            await client.SendAllAsync(bytes.AsMemory(0, split));
            await world.PassTurnsAsync();
            await client.SendAllAsync(bytes.AsMemory(split));
            Assert.Equal(GatewayWorld.Ok, await client.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
            client.Dispose();
            Assert.Equal("[2001:db8::7]:4711", (await world.NextEndedAsync())["Client"]!.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Engine.Plain), MemberType = typeof(Engine))]
    public async Task A_proxy_that_connects_for_itself_counts_as_the_client(Engine engine)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        foreach (byte[] header in (byte[][])[Headers.Local, Encoding.ASCII.GetBytes("PROXY UNKNOWN\r\n")])
        {
            using Socket client = await world.ConnectAsync();
            await client.SendAllAsync((byte[])[.. header, .. GatewayWorld.Frame(backend.Key)]);
            Assert.Equal(GatewayWorld.Ok, await client.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
            string own = client.LocalEndPoint!.ToString()!;
            client.Dispose();
            Assert.Equal(own, (await world.NextEndedAsync())["Client"]!.ToString());
        }
    }

    /// <summary>A header read as the length of a route key exceeds every limit that can be set.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_536)]
    public async Task A_header_from_an_untrusted_peer_is_a_bad_frame(int maxKeyBytes)
    {
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            TcpEngine, options => Trusting(options, "192.0.2.0/24") with { MaxKeyBytes = maxKeyBytes });
        byte[][] headers =
            [Headers.Of(1, Client, Gate), Headers.Of(2, Client, Gate), Headers.Of(1, "[::1]:1", "[::1]:2"), Headers.Local];
        foreach (byte[] header in headers)
        {
            Assert.Equal(GatewayWorld.Failure("bad_frame"), await world.SendAndReadToEndAsync(header));
            IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
            Assert.Equal("bad_frame", line["Reason"]);
            Assert.StartsWith("127.0.0.1:", line["Client"]!.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Engine.Plain), MemberType = typeof(Engine))]
    public async Task A_trusted_peer_that_sends_no_header_is_rejected(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine);
        Assert.Equal(GatewayWorld.Failure("bad_frame"), await world.SendAndReadToEndAsync(GatewayWorld.Frame("127.0.0.1:7083")));
        byte[] badPort = Encoding.ASCII.GetBytes("PROXY TCP4 203.0.113.7 198.51.100.1 65536 1\r\n");
        Assert.Equal(GatewayWorld.Failure("bad_frame"), await world.SendAndReadToEndAsync(badPort));
        Assert.Equal(GatewayWorld.Failure("bad_frame"), await world.SendAndReadToEndAsync([.. Headers.Signature, 0x21, 0x11, 0xff, 0xff]));
    }

    [Theory]
    [MemberData(nameof(Engine.Plain), MemberType = typeof(Engine))]
    public async Task The_connect_timeout_covers_header_and_key_together(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine, virtualTime: true);
        byte[] header = Headers.Of(1, Client, Gate);
        using Socket slowHeader = await world.ConnectAsync();
        await slowHeader.SendAllAsync(header.AsMemory(0, 20));
        using Socket slowKey = await world.ConnectAsync();
        await slowKey.SendAllAsync(header.AsMemory(0, 20));
        await world.PassTurnsAsync();
        await world.AdvanceAsync(TimeSpan.FromSeconds(9));
        await slowKey.SendAllAsync(header.AsMemory(20));
        await slowKey.SendAllAsync(new byte[] { 14, 0 });
        await world.PassTurnsAsync();
        await world.AdvanceAsync(TimeSpan.FromSeconds(0.999));
        Assert.Equal(0, slowHeader.Available + slowKey.Available);
        await world.AdvanceAsync(TimeSpan.FromSeconds(0.001));
        Assert.Equal(GatewayWorld.Failure("timeout"), await slowHeader.ReceiveToEndAsync());
        Assert.Equal(GatewayWorld.Failure("timeout"), await slowKey.ReceiveToEndAsync());
    }

    [Theory]
    [MemberData(nameof(Engine.Plain), MemberType = typeof(Engine))]
    public async Task Limits_count_the_client_and_not_the_proxy(Engine engine)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(
            engine, options => options with { Limits = new LimitOptions { MaxConnectionsPerIp = 1 } });
        using Socket first = await EnterAsync(world, Client, backend.Key);
        using Socket second = await EnterAsync(world, "203.0.113.8:4711", backend.Key);
        byte[] again = [.. Headers.Of(2, "203.0.113.7:4712", Gate), .. GatewayWorld.Frame(backend.Key)];
        Assert.Equal(GatewayWorld.Failure("busy"), await world.SendAndReadToEndAsync(again));
        first.Dispose();
        await world.NextEndedAsync();
        await world.NextEndedAsync();
        using Socket third = await EnterAsync(world, "203.0.113.7:4713", backend.Key);
    }

    [Theory]
    [MemberData(nameof(Engine.Plain), MemberType = typeof(Engine))]
    public async Task A_client_that_is_not_served_is_reset_even_if_a_trusted_proxy_announces_it(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(
            engine, options => options with { Clients = new ClientOptions { Deny = [Range("203.0.113.0/24")] } });
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync(Headers.Of(1, Client, Gate));
        Assert.True(await client.IsResetAsync());
        Assert.Equal("denied", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task The_resolver_receives_the_clients_address()
    {
        await using var backend = TestBackend.StartEcho();
        var resolver = new ByClient(backend.EndPoint);
        await using GatewayWorld world = await StartAsync(TcpEngine, options => options with { Resolver = resolver });
        using Socket client = await EnterAsync(world, Client, "any");
        Assert.Equal(Client, resolver.Client);
    }

    /// <summary>As with HAProxy's send-proxy, the header precedes the handshake in plain text.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tls_begins_after_the_header(int version)
    {
        using var authority = new TestAuthority();
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(
            TcpEngine,
            options => options with
            {
                Tcp = options.Tcp! with { Tls = new TlsServerOptions { Certificates = [authority.IssueFiles("gate.test")] } },
            });
        Socket socket = await world.ConnectAsync();
        await socket.SendAllAsync(Headers.Of(version, Client, Gate));
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(TlsBridge.ClientOptions(authority)).WaitAsync(SocketExtensions.Patience);
        await tls.EnterAsync(backend.Key);
        await tls.AssertEchoAsync(GatewayWorld.RandomBytes(50_000));
        await tls.ShutdownAsync();
        Assert.Empty(await tls.ReceiveToEndAsync());
        Assert.Equal(Client, (await world.NextEndedAsync())["Client"]!.ToString());
    }

    private static Engine TcpEngine => new(default, ZeroCopy: false);

    private static Task<GatewayWorld> StartAsync(
        Engine engine, Func<GatewayOptions, GatewayOptions>? change = null, bool virtualTime = false) =>
        GatewayWorld.StartAsync(
            engine,
            options =>
            {
                options = Trusting(options, "127.0.0.0/8");
                return change is null ? options : change(options);
            },
            virtualTime);

    private static GatewayOptions Trusting(GatewayOptions options, string range) =>
        options with { Tcp = options.Tcp! with { AcceptProxyFrom = [Range(range)] } };

    private static AddressRange Range(string text) =>
        AddressRange.TryParse(text, out AddressRange range) ? range : throw new FormatException(text);

    private static async Task<Socket> EnterAsync(GatewayWorld world, string client, string key)
    {
        Socket socket = await world.ConnectAsync();
        await socket.SendAllAsync((byte[])[.. Headers.Of(2, client, Gate), .. GatewayWorld.Frame(key)]);
        Assert.Equal(GatewayWorld.Ok, await socket.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
        return socket;
    }

    private sealed class ByClient(IPEndPoint backend) : IBackendResolver
    {
        public string? Client { get; private set; }

        public string Name => "by-client";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
        {
            Client = request.Client.ToString();
            return new(Resolution.To(new Backend(backend)));
        }
    }
}
