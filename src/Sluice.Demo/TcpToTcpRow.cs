using System.Net;

namespace Sluice.Demo;

/// <summary>A TCP client with a TCP backend.</summary>
internal sealed class TcpToTcpRow : IDemoRow
{
    private readonly DemoScreen _screen;
    private readonly EchoBackend _backend;

    /// <summary>Starts the backend.</summary>
    public TcpToTcpRow(DemoScreen screen)
    {
        _screen = screen;
        _backend = new EchoBackend(what => _screen.Show(Name, "backend", what));
    }

    /// <inheritdoc/>
    public string Name => "tcp -> tcp";

    /// <inheritdoc/>
    public IPEndPoint Backend => _backend.EndPoint;

    /// <inheritdoc/>
    public IPEndPoint Gateway { get; set; } = new(IPAddress.Loopback, 0);

    /// <inheritdoc/>
    public async Task RunOnceAsync(int round, CancellationToken cancellation)
    {
        await using TcpPipe pipe = await TcpPipe.ConnectAsync(Gateway, cancellation);
        Show($"connects to the gateway at {Gateway}");
        var talk = new DemoTalk(pipe, Show);
        await talk.GreetAsync(Backend, cancellation);
        await talk.EchoAsync($"message {round}", cancellation);

        await pipe.FinishAsync(cancellation);
        Show("ends its side (half-close), sees the backend's end: both sides are done");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private void Show(string what) => _screen.Show(Name, "client", what);
}
