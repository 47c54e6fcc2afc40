using System.Globalization;
using System.Net;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport.WebSocket;

namespace Sluice.Demo;

/// <summary>
/// The gateway at work in one process: gateways on free ports of the loopback, and an example backend and an example client for every pair
/// of protocols.
/// </summary>
public sealed class GatewayDemo : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRounds = TimeSpan.FromSeconds(1);

    /// <summary>The default is a minute, too long to watch. On a busy machine a client may pause for seconds.</summary>
    private static readonly TimeSpan KcpIdleTimeout = TimeSpan.FromSeconds(5);

    private readonly DemoScreen _screen;
    private readonly List<SluiceGateway> _gateways = [];
    private readonly List<IDemoRow> _rows = [];
    private readonly SessionEnds _ends = new();

    private GatewayDemo(TextWriter output) => _screen = new DemoScreen(output);

    /// <summary>Starts backends and gateways.</summary>
    /// <param name="output">Gets a line for each step.</param>
    /// <exception cref="ListenException">A gateway cannot listen.</exception>
    public static async Task<GatewayDemo> StartAsync(TextWriter output)
    {
        var demo = new GatewayDemo(output);
        try
        {
            await demo.StartAsync();
            return demo;
        }
        catch
        {
            await demo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a client of every row, one after the other, then waits for the last sessions to end and prints a summary.</summary>
    /// <param name="rounds">Number of rounds; 0 = until it is cancelled.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">A client was not served as it should be.</exception>
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

        _screen.Show("", "demo", $"waits {KcpIdleTimeout.TotalSeconds:0} s for the gateways to end the silent KCP sessions");
        await Task.WhenAll(_gateways.Select(gateway => gateway.StopAsync(cancellation)));
        cancellation.ThrowIfCancellationRequested();
        _screen.Show("", "demo", $"done: {_rows.Count} rows, {Count(rounds, "round")}, {Count(_ends.Total, "session")} ({_ends})");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _screen.Close();
        foreach (SluiceGateway gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        foreach (IDemoRow row in _rows)
        {
            await row.DisposeAsync();
        }
    }

    private static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    private static PolicyRule Only(IPEndPoint backend)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{backend.Address}:{backend.Port}");
        return PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new InvalidOperationException($"'{text}' is no rule.");
    }

    private async Task StartAsync()
    {
        TcpToTcpRow tcpToTcp = Add(new TcpToTcpRow(_screen));
        WebSocketToTcpRow webSocketToTcp = Add(new WebSocketToTcpRow(_screen));
        KcpToTcpRow kcpToTcp = Add(new KcpToTcpRow(_screen));
        KcpToKcpRow kcpToKcp = Add(await KcpToKcpRow.StartAsync(_screen));

        // One option says which backends KCP clients get, so it takes two gateways to show both.
        await StartGatewayAsync("demo-1", reciprocity: true, new()
        {
            [Protocol.Tcp] = tcpToTcp,
            [Protocol.WebSocket] = webSocketToTcp,
            [Protocol.Kcp] = kcpToKcp,
        });
        await StartGatewayAsync("demo-2", reciprocity: false, new() { [Protocol.Kcp] = kcpToTcp });
    }

    private TRow Add<TRow>(TRow row)
        where TRow : IDemoRow
    {
        _rows.Add(row);
        return row;
    }

    private async Task StartGatewayAsync(string name, bool reciprocity, Dictionary<Protocol, IDemoRow> rows)
    {
        IPAddress loopback = IPAddress.Loopback;
        var options = new GatewayOptions
        {
            Name = name,
            Loops = 1,
            Tcp = rows.ContainsKey(Protocol.Tcp) ? new TcpGateOptions { Bind = loopback, Port = 0 } : null,

            // The backend sends back a length and a message, which the gateway turns into one message again.
            WebSocket = rows.ContainsKey(Protocol.WebSocket)
                ? new WebSocketGateOptions { Bind = loopback, Port = 0, ToClient = WebSocketFraming.LengthPrefixed }
                : null,
            Kcp = new KcpGateOptions { Bind = loopback, Port = 0, Reciprocity = reciprocity, IdleTimeout = KcpIdleTimeout },
            Allow = [.. rows.Values.Select(row => Only(row.Backend))],
        };
        var gateway = new SluiceGateway(options, new GatewayLogger(name, _screen, _rows, _ends));
        _gateways.Add(gateway);
        await gateway.StartAsync();
        foreach (BoundListener listener in gateway.Listeners)
        {
            rows[listener.Protocol].Gateway = listener.EndPoint;
        }

        IEnumerable<string> listeners = gateway.Listeners.Select(listener => $"{listener.Protocol.ToWord()} {listener.EndPoint}");
        _screen.Show("", name, $"is a gateway and listens on {string.Join(", ", listeners)}");
    }
}
