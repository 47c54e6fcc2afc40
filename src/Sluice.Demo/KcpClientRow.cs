using System.Net;
using Sluice.Kcp;

namespace Sluice.Demo;

/// <summary>The client of the rows with a KCP client.</summary>
internal abstract class KcpClientRow(DemoScreen screen) : IDemoRow
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract IPEndPoint Backend { get; }

    /// <inheritdoc/>
    public IPEndPoint Gateway { get; set; } = new(IPAddress.Loopback, 0);

    /// <summary>The client's FEC; the gateway answers in the same shape.</summary>
    protected abstract KcpFec Fec { get; }

    /// <inheritdoc/>
    public async Task RunOnceAsync(int round, CancellationToken cancellation)
    {
        await using var pipe = new KcpPipe(Gateway, Fec);
        Show($"opens KCP session {pipe.Conversation:x8} with the gateway at {Gateway}, {(Fec.IsNone ? "without FEC" : $"FEC {Fec}")}");
        var talk = new DemoTalk(pipe, Show);
        await talk.GreetAsync(Backend, cancellation);
        await talk.EchoAsync($"message {round}", cancellation);
        Show("falls silent: KCP has no message for the end, so the gateway ends the session after its idle timeout");
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Prints an event of the backend.</summary>
    protected void ShowBackend(string what) => screen.Show(Name, "backend", what);

    private void Show(string what) => screen.Show(Name, "client", what);
}
