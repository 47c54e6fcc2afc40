using System.Globalization;
using System.Net;
using Sluice.Gateway;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Demo;

/// <summary>Everything in one process: a gateway on a free port of the loopback, and the rows with their backends and clients.</summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1);

    private readonly SluiceGateway _gateway;
    private readonly IReadOnlyList<IDemoRow> _rows;

    private DemoWorld(SluiceGateway gateway, IReadOnlyList<IDemoRow> rows)
    {
        _gateway = gateway;
        _rows = rows;
    }

    /// <summary>Starts backends and gateway.</summary>
    public static async Task<DemoWorld> StartAsync(DemoScreen screen)
    {
        var tcp = new TcpToTcpRow(screen);
        var gateway = new SluiceGateway(
            new GatewayOptions
            {
                Loops = 1,
                Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
                Allow = [Only(tcp.Backend)],
            },
            new ScreenLogger(screen));
        var world = new DemoWorld(gateway, [tcp]);
        try
        {
            await gateway.StartAsync();
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }

        tcp.Gateway = gateway.Listeners[0].EndPoint;
        return world;
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
        await _gateway.DisposeAsync();
        foreach (IDemoRow row in _rows)
        {
            await row.DisposeAsync();
        }
    }

    private static PolicyRule Only(IPEndPoint backend)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{backend.Address}:{backend.Port}");
        return PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new InvalidOperationException($"'{text}' is no rule.");
    }
}
