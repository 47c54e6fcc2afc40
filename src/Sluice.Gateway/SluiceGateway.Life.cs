using Sluice.Gateway.Dialing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Tls;

namespace Sluice.Gateway;

/// <content>The life of a gateway: it starts once and stops once. Both may be called at any time and from any thread.</content>
public sealed partial class SluiceGateway
{
    private readonly Lock _life = new();
    private readonly CancellationTokenSource _abandonStart = new();
    private readonly TaskCompletionSource _startEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GatewayState _state;
    private Task? _stopping;

    /// <summary>Binds every listener and begins to serve.</summary>
    /// <param name="cancellation">Abandons the start.</param>
    /// <exception cref="ListenException">A listener could not be bound; nothing is left running.</exception>
    /// <exception cref="SourceAddressException">This machine does not have one of the source addresses; nothing is left
    /// running.</exception>
    /// <exception cref="TlsFileException">A certificate or key cannot be used; nothing is left running.</exception>
    /// <exception cref="NodeSourceException">A registry that is required could not be loaded; nothing is left running.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or <see cref="StopAsync"/> was called meanwhile; nothing is left
    /// running.</exception>
    /// <exception cref="InvalidOperationException">The gateway was started or stopped before.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        lock (_life)
        {
            if (_state != GatewayState.Created)
            {
                throw new InvalidOperationException(_state is GatewayState.Starting or GatewayState.Serving
                    ? "A gateway starts once."
                    : "This gateway was stopped. A gateway starts once; create another.");
            }

            _state = GatewayState.Starting;
        }

        try
        {
            using var abandon = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _abandonStart.Token);
            await OpenAsync(abandon.Token);
            lock (_life)
            {
                if (_state != GatewayState.Starting)
                {
                    throw new OperationCanceledException("The gateway was stopped while it started.");
                }

                abandon.Token.ThrowIfCancellationRequested();
                _listeners = [.. _gates.Select(gate => new BoundListener(gate.Protocol, gate.LocalEndPoint!))];
                _state = GatewayState.Serving;
            }
        }
        catch
        {
            await CloseAsync(lastBytes: TimeSpan.Zero);
            Stopped();
            throw;
        }
        finally
        {
            _startEnded.SetResult();
        }
    }

    /// <summary>
    /// Rejects new clients, lets live sessions go on for the drain timeout, then ends them. Clients that are slow to read their last bytes
    /// have the same time, and at least two seconds. A gateway that is starting abandons its start. One that has not started, or is
    /// stopped, completes at once.
    /// </summary>
    /// <param name="cutOff">Ends the sessions at once when cancelled, even if an earlier call lets them go on.</param>
    public async Task StopAsync(CancellationToken cutOff = default)
    {
        using CancellationTokenRegistration registration = cutOff.Register(() => _cutOff.TrySetResult());
        Task stopping;
        lock (_life)
        {
            if (_stopping is null)
            {
                GatewayState from = _state;
                _state = from is GatewayState.Starting or GatewayState.Serving ? GatewayState.Draining : GatewayState.Stopped;
                _stopping = Task.Run(() => StopFromAsync(from), CancellationToken.None);
            }

            stopping = _stopping;
        }

        await stopping;
    }

    /// <summary>Ends everything at once; <see cref="StopAsync"/> drains first.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    private async Task StopFromAsync(GatewayState state)
    {
        switch (state)
        {
            case GatewayState.Starting:
                // The start closes what it has opened.
                await _abandonStart.CancelAsync();
                await _startEnded.Task;
                break;
            case GatewayState.Serving:
                await DrainAndCloseAsync();
                break;
        }

        Stopped();
    }

    private void Stopped()
    {
        lock (_life)
        {
            _state = GatewayState.Stopped;
        }
    }
}
