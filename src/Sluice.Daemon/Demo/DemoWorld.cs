using System.Globalization;
using System.Net;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport.WebSocket;

namespace Sluice.Daemon.Demo;

/// <summary>Everything in one process: gateways on free ports of the loopback, and the rows with their backends and clients.</summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1);

    /// <summary>A minute by default, too long to look on. A busy machine must not take as long between two words of a client.</summary>
    private static readonly TimeSpan KcpIdleTimeout = TimeSpan.FromSeconds(5);

    private readonly List<SluiceGateway> _gateways = [];
    private readonly List<IDemoRow> _rows = [];

    private DemoWorld()
    {
    }

    /// <summary>Starts backends and gateways.</summary>
    public static async Task<DemoWorld> StartAsync(DemoScreen screen)
    {
        var world = new DemoWorld();
        try
        {
            TcpToTcpRow tcpToTcp = world.Add(new TcpToTcpRow(screen));
            WebSocketToTcpRow webSocketToTcp = world.Add(new WebSocketToTcpRow(screen));
            KcpToTcpRow kcpToTcp = world.Add(new KcpToTcpRow(screen));
            KcpToKcpRow kcpToKcp = world.Add(await KcpToKcpRow.StartAsync(screen));

            // One setting says to which backends KCP clients go, so the demo of both takes two gateways.
            await world.StartGatewayAsync(screen, reciprocity: true, new()
            {
                [Protocol.Tcp] = tcpToTcp,
                [Protocol.WebSocket] = webSocketToTcp,
                [Protocol.Kcp] = kcpToKcp,
            });
            await world.StartGatewayAsync(screen, reciprocity: false, new() { [Protocol.Kcp] = kcpToTcp });
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs every row, again and again.</summary>
    /// <param name="rounds">How often; 0 = until it is cancelled.</param>
    /// <param name="cancellation">Ends it, in the middle of a round too.</param>
    public async Task RunAsync(int rounds, CancellationToken cancellation)
    {
        for (int round = 1; rounds == 0 || round <= rounds; round++)
        {
            foreach (IDemoRow row in _rows)
            {
                await row.RunOnceAsync(round, cancellation);
            }

            if (round != rounds)
            {
                await Task.Delay(BetweenRounds, cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SluiceGateway gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        foreach (IDemoRow row in _rows)
        {
            await row.DisposeAsync();
        }
    }

    private TRow Add<TRow>(TRow row)
        where TRow : IDemoRow
    {
        _rows.Add(row);
        return row;
    }

    private async Task StartGatewayAsync(DemoScreen screen, bool reciprocity, Dictionary<Protocol, IDemoRow> rows)
    {
        IPAddress loopback = IPAddress.Loopback;
        var options = new GatewayOptions
        {
            Loops = 1,
            Tcp = rows.ContainsKey(Protocol.Tcp) ? new TcpGateOptions { Bind = loopback, Port = 0 } : null,

            // The backend sends back what it gets, a length and a message: the gateway makes that one message again.
            WebSocket = rows.ContainsKey(Protocol.WebSocket)
                ? new WebSocketGateOptions { Bind = loopback, Port = 0, ToClient = WebSocketFraming.LengthPrefixed }
                : null,
            Kcp = new KcpGateOptions { Bind = loopback, Port = 0, Reciprocity = reciprocity, IdleTimeout = KcpIdleTimeout },
            Allow = [.. rows.Values.Select(row => Only(row.Backend))],
        };
        var gateway = new SluiceGateway(options, new ScreenLogger(screen));
        _gateways.Add(gateway);
        await gateway.StartAsync();
        foreach (BoundListener listener in gateway.Listeners)
        {
            rows[listener.Protocol].Gateway = listener.EndPoint;
        }
    }

    private static PolicyRule Only(IPEndPoint backend)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{backend.Address}:{backend.Port}");
        return PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new InvalidOperationException($"'{text}' is no rule.");
    }
}
