using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;

namespace Sluice.Conformance.Proxies;

/// <summary>Every client that a proxy announces is counted once and released once, however and whenever it ends.</summary>
public class AccountScenarios
{
    private const int Places = 3;
    private const string Header = "PROXY TCP4 203.0.113.7 198.51.100.1 4711 7082\r\n";
    private const string Unwanted = "PROXY TCP4 203.0.113.66 198.51.100.1 4711 7082\r\n";

    public static TheoryData<Engine> Engines => Engine.Plain;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Clients_that_end_in_any_phase_release_their_place(Engine engine)
    {
        await using var backend = TestBackend.StartEcho();
        using HangingBackend hanging = HangingBackend.Start();
        await using GatewayWorld world = await GatewayWorld.StartAsync(engine, Limited);
        byte[][] says =
        [
            [], Ascii(Header[..20]), Ascii("GET / HTTP/1.1\r\n\r\n"), Ascii(Header),
            [.. Ascii(Header), 9, 0], [.. Ascii(Header), 0, 0, 0, 0],
            Ascii(Unwanted), Said("no address"), Said("169.254.169.254:80"), Said("127.0.0.1:1"), Said(hanging.Key), Said(backend.Key),
            [.. Said(backend.Key), .. new byte[70_000]], [.. Headers.Local, .. GatewayWorld.Frame(backend.Key)], Headers.Signature,
        ];
        foreach (byte[] words in says)
        {
            await EndInEveryWayAsync(world, () => world.ConnectAsync(), words);
        }

        await AssertAllPlacesAsync(world, async () =>
        {
            Socket socket = await world.ConnectAsync();
            await socket.SendAllAsync(Said(backend.Key));
            return (socket, Encoding.ASCII.GetString((await socket.ReceiveExactlyAsync(6))[4..]));
        });
    }

    [Fact]
    public async Task Websocket_clients_that_end_in_any_phase_release_their_place()
    {
        await using var backend = TestBackend.StartEcho();
        using HangingBackend hanging = HangingBackend.Start();
        var engine = new Engine(default, ZeroCopy: false);
        await using GatewayWorld world = await GatewayWorld.StartAsync(engine, options => Limited(options) with
        {
            Tcp = null,
            WebSocket = new WebSocketGateOptions
            {
                Bind = IPAddress.Loopback,
                Port = 0,
                AcceptProxyFrom = [Range("127.0.0.1")],
                TrustForwardedFor = [Range("198.51.100.0/24")],
                DialTimeout = TimeSpan.FromMilliseconds(200),
            },
        });
        const string edge = "PROXY TCP4 198.51.100.2 127.0.0.1 4711 80\r\n";
        const string named = "X-Forwarded-For: 203.0.113.7";
        string[] says =
        [
            "", Header[..20], Header, edge, edge + "GET / HT", edge + "rubbish\r\n\r\n",
            edge + WsClient.Request("/", named), Header + WsClient.Request("/"),
            edge + WsClient.Request("/", named, "server-identify: rubbish"),
            edge + WsClient.Request("/", named, $"server-identify: {hanging.Key}"),
            edge + WsClient.Request("/", named, $"server-identify: {backend.Key}"),
            Header + WsClient.Request("/", $"server-identify: {backend.Key}"),
            edge + WsClient.Request("/", "X-Forwarded-For: 203.0.113.66", $"server-identify: {backend.Key}"),
        ];
        Task<Socket> ConnectAsync() => world.ConnectAsync();
        foreach (string words in says)
        {
            await EndInEveryWayAsync(world, ConnectAsync, Ascii(words));
        }

        await AssertAllPlacesAsync(world, async () =>
        {
            WsClient client = await WsClient.ConnectAsync(world.EndPoint);
            await client.SendAsync(Ascii(edge + WsClient.Request("/", named, $"server-identify: {backend.Key}")));
            await client.ReadAnswerAsync();
            byte[] frame = await client.Socket.ReceiveExactlyAsync(2);
            byte[] payload = await client.Socket.ReceiveExactlyAsync(frame[1]);
            return (client.Socket, Encoding.Latin1.GetString(payload));
        });
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_draining_gateway_does_not_wait_for_headers(Engine engine)
    {
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            engine, options => Limited(options) with { Limits = new LimitOptions() }, virtualTime: true);
        using Socket silent = await world.ConnectAsync();
        using Socket half = await world.ConnectAsync();
        await half.SendAllAsync(Ascii(Header[..20]));
        using Socket announced = await world.ConnectAsync();
        await announced.SendAllAsync(Ascii(Header));
        await world.PassTurnsAsync();
        Task stopping = world.Gateway.StopAsync(TestContext.Current.CancellationToken);
        foreach (Socket client in (Socket[])[silent, half, announced])
        {
            Assert.Equal(GatewayWorld.Failure("draining"), await client.ReceiveToEndAsync());
            client.Dispose();
        }

        // The clock stands still, so none of these ends is a timeout.
        await stopping.WaitAsync(SocketExtensions.Patience);
    }

    /// <summary>Reading on for a rejected client, possibly after a TLS handshake, is limited per second for all proxies together.</summary>
    [Fact]
    public async Task In_a_flood_rejected_clients_of_a_proxy_are_closed_without_an_answer()
    {
        const int answered = 200;
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new Engine(default, ZeroCopy: false),
            options => options with
            {
                Tcp = null,
                WebSocket = new WebSocketGateOptions { Bind = IPAddress.Loopback, Port = 0, AcceptProxyFrom = [Range("127.0.0.1")] },
                Limits = new LimitOptions { MaxConnections = 1 },
            },
            virtualTime: true);
        using Socket only = await world.ConnectAsync();
        await only.SendAllAsync(Ascii(Header));
        await world.PassTurnsAsync();
        var clients = new List<Socket>();
        for (int i = 0; i < answered; i++)
        {
            Socket client = await world.ConnectAsync();
            await client.SendAllAsync(Ascii(Header));
            clients.Add(client);
        }

        await world.PassTurnsAsync();
        using Socket last = await world.ConnectAsync();
        await last.SendAllAsync(Ascii(Header));
        Assert.Empty(await last.ReceiveToEndAsync());
        await clients[0].SendAllAsync(Ascii(WsClient.Request("/")));
        Assert.Contains("error busy", Encoding.Latin1.GetString(await clients[0].ReceiveToEndAsync()), StringComparison.Ordinal);
        clients.ForEach(client => client.Dispose());
    }

    /// <summary>Connects once more than there are places. Each client sends these bytes and is then reset, or closed.</summary>
    private static async Task EndInEveryWayAsync(GatewayWorld world, Func<Task<Socket>> connect, byte[] words)
    {
        foreach (bool resets in (bool[])[true, false])
        {
            var clients = new List<Socket>();
            for (int i = 0; i <= Places; i++)
            {
                Socket client = await connect();
                try
                {
                    await client.SendAllAsync(words);
                }
                catch (SocketException)
                {
                    // The gateway has already rejected it.
                }

                clients.Add(client);
            }

            await world.PassTurnsAsync();
            foreach (Socket client in clients)
            {
                if (resets)
                {
                    client.Reset();
                }
                else
                {
                    client.Dispose();
                }
            }

            await UntilEmptyAsync(world);
        }
    }

    private static async Task UntilEmptyAsync(GatewayWorld world)
    {
        using var patience = new CancellationTokenSource(SocketExtensions.Patience);
        while (await world.Gateway.Loops[0].InvokeAsync(() => world.Gateway.SessionsNow) > 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await world.PassTurnsAsync();
        }
    }

    private static async Task AssertAllPlacesAsync(GatewayWorld world, Func<Task<(Socket Socket, string Answer)>> enter)
    {
        var live = new List<Socket>();
        for (int i = 0; i < Places; i++)
        {
            (Socket socket, string answer) = await enter();
            Assert.Equal("ok", answer);
            live.Add(socket);
        }

        (Socket refused, string busy) = await enter();
        Assert.NotEqual("ok", busy);
        refused.Dispose();
        live[0].Dispose();
        using var patience = new CancellationTokenSource(SocketExtensions.Patience);
        while (await world.Gateway.Loops[0].InvokeAsync(() => world.Gateway.SessionsNow) >= Places)
        {
            patience.Token.ThrowIfCancellationRequested();
            await world.PassTurnsAsync();
        }

        (Socket next, string again) = await enter();
        Assert.Equal("ok", again);
        live.Add(next);
        live.ForEach(socket => socket.Dispose());
    }

    private static GatewayOptions Limited(GatewayOptions options) => options with
    {
        Tcp = options.Tcp! with { AcceptProxyFrom = [Range("127.0.0.1")], DialTimeout = TimeSpan.FromMilliseconds(200) },
        DialAttempts = 1,
        Limits = new LimitOptions { MaxConnections = Places, MaxConnectionsPerIp = Places, MaxConnectionsPerSubnet = Places },
        Clients = new ClientOptions { Deny = [Range("203.0.113.66")] },
    };

    private static byte[] Said(string key) => [.. Ascii(Header), .. GatewayWorld.Frame(key)];

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private static AddressRange Range(string text) =>
        AddressRange.TryParse(text, out AddressRange range) ? range : throw new FormatException(text);
}
