using System.Globalization;
using System.Net;
using Sluice.Gateway;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Demo;

/// <summary>Everything in one process: gateways on free ports of the loopback, and the rows with their backends and clients.</summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1);

    /// <summary>A minute by default, too long to look on.</summary>
    private static readonly TimeSpan KcpIdleTimeout = TimeSpan.FromSeconds(1);

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
            KcpToTcpRow kcpToTcp = world.Add(new KcpToTcpRow(screen));
            KcpToKcpRow kcpToKcp = world.Add(await KcpToKcpRow.StartAsync(screen));

            // One setting says to which backends KCP clients go, so the demo of both takes two gateways.
            await world.StartGatewayAsync(screen, tcpToTcp, kcpToKcp, reciprocity: true);
            await world.StartGatewayAsync(screen, tcp: null, kcpToTcp, reciprocity: false);
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

    private async Task StartGatewayAsync(DemoScreen screen, TcpToTcpRow? tcp, KcpClientRow kcp, bool reciprocity)
    {
        var options = new GatewayOptions
        {
            Loops = 1,
            Tcp = tcp is null ? null : new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
            Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0, Reciprocity = reciprocity, IdleTimeout = KcpIdleTimeout },
            Allow = tcp is null ? [Only(kcp.Backend)] : [Only(tcp.Backend), Only(kcp.Backend)],
        };
        var gateway = new SluiceGateway(options, new ScreenLogger(screen));
        _gateways.Add(gateway);
        await gateway.StartAsync();
        foreach (BoundListener listener in gateway.Listeners)
        {
            IDemoRow row = listener.Protocol == Protocol.Tcp ? tcp! : kcp;
            row.Gateway = listener.EndPoint;
        }
    }

    private static PolicyRule Only(IPEndPoint backend)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{backend.Address}:{backend.Port}");
        return PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new InvalidOperationException($"'{text}' is no rule.");
    }
}
