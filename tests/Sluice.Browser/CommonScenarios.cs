using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Routing;
using Sluice.Testing.Gateways;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;

namespace Sluice.Browser;

/// <summary>
/// Behaviour common to all WebSocket clients, tested with two written by others: the npm package ws, and a page in Chromium.
/// </summary>
public sealed class CommonScenarios(Peers peers)
{
    private const int Bulk = 5_000_000;

    /// <summary>Each peer with every way that it has to send the route key.</summary>
    public static TheoryData<string, WayToGiveTheKey> PeersAndWays
    {
        get
        {
            var rows = new TheoryData<string, WayToGiveTheKey>();
            foreach (WayToGiveTheKey way in Enum.GetValues<WayToGiveTheKey>())
            {
                rows.Add(Peers.Npm, way);
                if (way != WayToGiveTheKey.Header)
                {
                    rows.Add(Peers.Chromium, way);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(PeersAndWays))]
    public async Task Every_way_to_send_the_key_reaches_the_backend(string name, WayToGiveTheKey way)
    {
        NodePeer peer = await peers.GetAsync(name);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync();

        string protocol = await peer.GiveAsync(way, world.Url(), backend.Key);
        await peer.DoAsync(new { @do = "send", text = "Grüße, 世界 🎮" });
        await peer.DoAsync(new { @do = "send", hex = "00ff8001" });
        await peer.AssertWelcomedAsync();

        Assert.Equal(way == WayToGiveTheKey.Subprotocol ? WaysToGiveTheKey.Protocol(backend.Key) : "", protocol);
        Assert.Equal("Grüße, 世界 🎮", Encoding.UTF8.GetString(await backend.NextAsync()));
        Assert.Equal([0x00, 0xff, 0x80, 0x01], await backend.NextAsync());
        await backend.WriteAsync([0, 1, 2, 0xfe, 0xff]);
        await peer.AssertReceivesAsync([0, 1, 2, 0xfe, 0xff]);
        await peer.DoAsync(new { @do = "close", code = 1000, reason = "" });
        await backend.FinishedAsync();
    }

    [Theory]
    [InlineData(Peers.Npm, 1_000_000)]
    [InlineData(Peers.Npm, 4_096)]
    [InlineData(Peers.Chromium, 1_000_000)]
    [InlineData(Peers.Chromium, 4_096)]
    public async Task Five_megabytes_in_both_directions_at_once_arrive_unchanged(string name, int piece)
    {
        NodePeer peer = await peers.GetAsync(name);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync();
        await peer.GiveAsync(WayToGiveTheKey.Query, world.Url(), backend.Key);
        await peer.AssertWelcomedAsync();

        await ExchangeAsync(peer, backend, piece);

        await peer.DoAsync(new { @do = "close", code = 1000, reason = "" });
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task Compressed_messages_arrive_complete_in_both_directions(string name)
    {
        NodePeer peer = await peers.GetAsync(name);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(gate => gate with { Compression = true });
        (_, string extensions) = await peer.ConnectAsync(new { @do = "connect", url = world.Url(backend.Key), deflate = true });
        await peer.AssertWelcomedAsync();

        Assert.StartsWith("permessage-deflate", extensions, StringComparison.Ordinal);
        string repetitive = string.Concat(Enumerable.Repeat("the same words again, ", 10_000));
        for (int i = 0; i < 3; i++)
        {
            await peer.DoAsync(new { @do = "send", text = repetitive });
            Assert.Equal(repetitive, Encoding.UTF8.GetString(await backend.NextAsync()));
            await backend.WriteAsync(Encoding.UTF8.GetBytes(repetitive));
            await peer.AssertReceivesAsync(Encoding.UTF8.GetBytes(repetitive));
        }

        await ExchangeAsync(peer, backend, piece: 1_000_000);
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task Bulk_data_and_rejections_work_over_TLS(string name)
    {
        using var authority = new TestAuthority();
        NodePeer peer = await peers.GetAsync(name);
        await using MessageBackend backend = MessageBackend.Start();
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            gate => gate with { Tls = new TlsServerOptions { Certificates = [authority.IssueFiles("127.0.0.1")] } });
        string ca = authority.Certificate.ExportCertificatePem();

        await peer.ConnectAsync(new { @do = "connect", url = Secure(world.Url(backend.Key)), ca });
        await peer.AssertWelcomedAsync();
        await ExchangeAsync(peer, backend, piece: 1_000_000);
        await peer.DoAsync(new { @do = "close", code = 1000, reason = "" });
        await backend.FinishedAsync();

        peer = await peers.GetAsync(name);
        await peer.ConnectAsync(new { @do = "connect", url = Secure(world.Url("8.8.8.8:53")), ca });
        await peer.AssertClosedAsync(1008, "error denied");
    }

    [Theory]
    [InlineData(Peers.Npm, "bad_frame", 1002)]
    [InlineData(Peers.Npm, "bad_key", 1008)]
    [InlineData(Peers.Npm, "denied", 1008)]
    [InlineData(Peers.Npm, "not_found", 1008)]
    [InlineData(Peers.Npm, "unreachable", 1013)]
    [InlineData(Peers.Npm, "busy", 1013)]
    [InlineData(Peers.Npm, "draining", 1012)]
    [InlineData(Peers.Chromium, "bad_frame", 1002)]
    [InlineData(Peers.Chromium, "bad_key", 1008)]
    [InlineData(Peers.Chromium, "denied", 1008)]
    [InlineData(Peers.Chromium, "not_found", 1008)]
    [InlineData(Peers.Chromium, "unreachable", 1013)]
    [InlineData(Peers.Chromium, "busy", 1013)]
    [InlineData(Peers.Chromium, "draining", 1012)]
    public async Task A_rejected_client_reads_the_reason(string name, string code, int closeCode)
    {
        NodePeer peer = await peers.GetAsync(name);
        using var closedPort = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closedPort.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string key = code switch
        {
            "bad_frame" => "",
            "bad_key" => "no address",
            "denied" => "8.8.8.8:53",
            "unreachable" => closedPort.LocalEndPoint!.ToString()!,
            _ => code,
        };
        await using GatewayWorld world = await BrowserWorld.StartAsync(change: options => options with { Resolver = new NodesResolver() });

        string sent = code == "bad_frame" ? "%ff" : Uri.EscapeDataString(key);
        await peer.ConnectAsync(new { @do = "connect", url = $"{world.Url()}?server-identify={sent}" });

        await peer.AssertClosedAsync(closeCode, $"error {code}");
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task A_client_that_never_sends_its_key_gets_a_timeout(string name)
    {
        NodePeer peer = await peers.GetAsync(name);
        await using GatewayWorld world = await BrowserWorld.StartAsync(virtualTime: true);
        await peer.ConnectAsync(new { @do = "connect", url = world.Url() });

        await world.AdvanceAsync(TimeSpan.FromSeconds(10));

        await peer.AssertClosedAsync(1008, "error timeout");
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task A_full_gateway_rejects_clients_as_busy(string name)
    {
        NodePeer peer = await peers.GetAsync(name);
        await using MessageBackend backend = MessageBackend.Start();

        // The clock stands still, so the first, silent client keeps its place.
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            change: options => options with { Limits = new LimitOptions { MaxConnections = 1 } }, virtualTime: true);
        using Socket first = await world.ConnectAsync();

        await peer.ConnectAsync(new { @do = "connect", url = world.Url(backend.Key) });

        await peer.AssertClosedAsync(1013, "error busy");
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task Each_kind_of_end_has_its_close_code(string name)
    {
        await using (GatewayWorld world = await BrowserWorld.StartAsync())
        {
            await using MessageBackend finishes = MessageBackend.Start();
            NodePeer peer = await EnterAsync(name, world, finishes);
            await finishes.WriteAsync("last words"u8.ToArray());
            await finishes.FinishAsync();
            await peer.AssertReceivesAsync("last words"u8.ToArray());
            await peer.AssertClosedAsync(1000, "");

            await using MessageBackend fails = MessageBackend.Start();
            peer = await EnterAsync(name, world, fails);
            await fails.ResetAsync();
            await peer.AssertClosedAsync(1011, "");
        }

        GatewayWorld stopped = await BrowserWorld.StartAsync(change: options => options with { DrainTimeout = TimeSpan.Zero });
        await using MessageBackend cutOff = MessageBackend.Start();
        NodePeer last = await EnterAsync(name, stopped, cutOff);
        await stopped.DisposeAsync();
        await last.AssertClosedAsync(1012, "");
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task A_closing_client_gets_its_code_back_and_the_backend_sees_the_end(string name)
    {
        await using GatewayWorld world = await BrowserWorld.StartAsync();
        await using MessageBackend backend = MessageBackend.Start();
        NodePeer peer = await EnterAsync(name, world, backend);

        await peer.DoAsync(new { @do = "send", text = "goodbye" });
        await peer.DoAsync(new { @do = "close", code = 4001, reason = "left the room" });

        Assert.Equal("goodbye"u8.ToArray(), await backend.NextAsync());
        await backend.FinishedAsync();
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory]
    [InlineData(Peers.Npm)]
    [InlineData(Peers.Chromium)]
    public async Task A_message_above_the_limit_is_rejected(string name)
    {
        await using GatewayWorld world = await BrowserWorld.StartAsync(gate => gate with { MaxMessageBytes = 1000 });
        await using MessageBackend backend = MessageBackend.Start();
        NodePeer peer = await EnterAsync(name, world, backend);

        await peer.DoAsync(new { @do = "sendPattern", count = 1000, seed = 3, piece = 1000 });
        Assert.Equal(BrowserWorld.Pattern(1000, seed: 3), await backend.NextAsync());
        await peer.DoAsync(new { @do = "sendPattern", count = 1001, seed = 3, piece = 1001 });

        Assert.Equal(1009, (await peer.DoAsync(new { @do = "closed" })).GetProperty("code").GetInt32());
    }

    private static string Secure(string url) => url.Replace("ws://", "wss://", StringComparison.Ordinal);

    /// <summary>Sends random bytes in messages of one size, different bytes in each direction, and checks them.</summary>
    private static async Task ExchangeAsync(NodePeer peer, MessageBackend backend, int piece)
    {
        Task written = backend.WriteAsync(BrowserWorld.Pattern(Bulk, seed: 7));
        await peer.DoAsync(new { @do = "sendPattern", count = Bulk, seed = 5, piece });
        await peer.DoAsync(new { @do = "receivePattern", count = Bulk, seed = 7 });
        await written;

        byte[] received = await backend.NextBytesAsync(Bulk);
        Assert.True(received.AsSpan().SequenceEqual(BrowserWorld.Pattern(Bulk, seed: 5)), "the backend received different bytes");
    }

    private async Task<NodePeer> EnterAsync(string name, GatewayWorld world, MessageBackend backend)
    {
        NodePeer peer = await peers.GetAsync(name);
        await peer.GiveAsync(WayToGiveTheKey.Query, world.Url(), backend.Key);
        await peer.AssertWelcomedAsync();
        return peer;
    }

    /// <summary>A registry whose nodes are named after their state. Any other route key is an address.</summary>
    private sealed class NodesResolver : IBackendResolver
    {
        private readonly HostPortResolver _addresses = new();

        public string Name => "nodes";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => request.Key switch
        {
            "not_found" => new(Resolution.NotFound),
            "busy" => new(Resolution.Busy),
            "draining" => new(Resolution.Draining),
            _ => _addresses.ResolveAsync(request, cancellation),
        };
    }
}
