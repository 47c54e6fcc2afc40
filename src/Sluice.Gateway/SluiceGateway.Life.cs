using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Tls;

namespace Sluice.Gateway;

/// <content>The life of a gateway: it starts once, stops once, and both may be called at any time and from any thread.</content>
public sealed partial class SluiceGateway
{
    private readonly Lock _life = new();
    private readonly CancellationTokenSource _abandonStart = new();
    private readonly TaskCompletionSource _startEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Phase _phase;
    private Task? _stopping;

    /// <summary>How far a gateway has come. It only ever moves forward.</summary>
    private enum Phase
    {
        Created,
        Starting,
        Serving,
        Stopping,
        Stopped,
    }

    /// <summary>Binds every listener and begins to serve.</summary>
    /// <param name="cancellation">Abandons the start.</param>
    /// <exception cref="ListenException">A listener could not be bound; nothing is left running.</exception>
    /// <exception cref="SourceAddressException">This machine does not have one of the source addresses; nothing is left running.</exception>
    /// <exception cref="TlsFileException">A certificate or key cannot be used; nothing is left running.</exception>
    /// <exception cref="NodeSourceException">A registry that is required could not be loaded; nothing is left running.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or <see cref="StopAsync"/> was called meanwhile; nothing is left
    /// running.</exception>
    /// <exception cref="InvalidOperationException">The gateway was started or stopped before.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        lock (_life)
        {
            if (_phase != Phase.Created)
            {
                throw new InvalidOperationException(_phase is Phase.Starting or Phase.Serving
                    ? "A gateway starts once."
                    : "This gateway was stopped. A gateway starts once; create another.");
            }

            _phase = Phase.Starting;
        }

        try
        {
            using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _abandonStart.Token);
            IReadOnlyList<BoundListener> listeners = await OpenAsync(abandon.Token);
            lock (_life)
            {
                if (_phase != Phase.Starting)
                {
                    throw new OperationCanceledException("The gateway was stopped while it started.");
                }

                abandon.Token.ThrowIfCancellationRequested();
                _listeners = listeners;
                _phase = Phase.Serving;
            }
        }
        catch
        {
            await CloseAsync(lastBytes: TimeSpan.Zero);
            lock (_life)
            {
                _phase = Phase.Stopped;
            }

            throw;
        }
        finally
        {
            _startEnded.SetResult();
        }
    }

    /// <summary>
    /// Refuses new clients, lets live sessions run on for the drain timeout, then cuts them off. Clients that are slow to take their last
    /// bytes have until then too, and two seconds at least. A gateway that is starting abandons its start; one that has not started, or is
    /// stopped, completes at once.
    /// </summary>
    /// <param name="cutOff">Cancelled: sessions are cut off at once, also if an earlier call lets them run on.</param>
    public async Task StopAsync(CancellationToken cutOff = default)
    {
        using CancellationTokenRegistration registration = cutOff.Register(() => _cutOff.TrySetResult());
        Task stopping;
        lock (_life)
        {
            if (_stopping is null)
            {
                Phase from = _phase;
                _phase = from is Phase.Starting or Phase.Serving ? Phase.Stopping : Phase.Stopped;
                _stopping = Task.Run(() => StopFromAsync(from), CancellationToken.None);
            }

            stopping = _stopping;
        }

        await stopping;
    }

    /// <summary>Ends everything at once; <see cref="StopAsync"/> drains before.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    private async Task StopFromAsync(Phase phase)
    {
        switch (phase)
        {
            case Phase.Starting:
                // The start closes what it has opened.
                await _abandonStart.CancelAsync();
                await _startEnded.Task;
                break;
            case Phase.Serving:
                await DrainAndCloseAsync();
                break;
        }

        lock (_life)
        {
            _phase = Phase.Stopped;
        }
    }
}
