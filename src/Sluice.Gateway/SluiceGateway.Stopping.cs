using Sluice.Gateway.Gates;
using Sluice.Gateway.Logging;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Sessions;
using Sluice.Transport.Loop;

namespace Sluice.Gateway;

/// <content>The end: new clients are rejected, live sessions may go on for a while, then everything is closed.</content>
public sealed partial class SluiceGateway
{
    /// <summary>Shortest time for clients to take what was sent to them last, and how often to check whether they have.</summary>
    private static readonly TimeSpan LastBytes = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly TaskCompletionSource _cutOff = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Refuses new clients, waits for live sessions, cuts off those that are left, then closes everything.</summary>
    private async Task DrainAndCloseAsync()
    {
        long start = _options.TimeProvider.GetTimestamp();
        Task drained = Task.WhenAll(await OnEachLoopAsync(sessions => sessions.DrainAsync()));
        if (!drained.IsCompleted && !_cutOff.Task.IsCompleted)
        {
            GatewayLog.Draining(_logger, await CountSessionsAsync(), _options.DrainTimeout.TotalSeconds);
            await PauseAsync(_options.DrainTimeout, drained);
        }

        if (!drained.IsCompleted)
        {
            GatewayLog.CuttingOff(_logger, await CountSessionsAsync());
            await OnEachLoopAsync(sessions =>
            {
                sessions.CutOff();
                return true;
            });

            // Resolvers of others may not heed their cancellation; a second is enough for those that do.
            await Task.WhenAny(drained, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None));
        }

        TimeSpan left = _options.DrainTimeout - _options.TimeProvider.GetElapsedTime(start);
        await CloseAsync(left > LastBytes ? left : LastBytes);
    }

    /// <summary>Closes whatever of the gateway is open: after a failed start as well as at the end of a long life. Called once.</summary>
    /// <param name="lastBytes">Longest time for clients to take what was sent to them last.</param>
    private async Task CloseAsync(TimeSpan lastBytes)
    {
        await StopListeningAsync();
        await DeliverAsync(lastBytes);
        await StopResolverAsync();
        await StopLoopsAsync();
    }

    /// <summary>
    /// Waits while connections of sessions that are over hold bytes that their clients have not taken yet, a close frame among them.
    /// </summary>
    private async Task DeliverAsync(TimeSpan most)
    {
        long start = _options.TimeProvider.GetTimestamp();
        while (!_cutOff.Task.IsCompleted
            && _options.TimeProvider.GetElapsedTime(start) < most
            && (await OnEachLoopAsync(sessions => sessions.Loop.HasUnsent)).Contains(true))
        {
            await PauseAsync(LookAgain, _cutOff.Task);
        }
    }

    /// <summary>Waits for so long at most: until something is done, or sessions are to be cut off at once.</summary>
    private async Task PauseAsync(TimeSpan most, Task done)
    {
        using var pause = new CancellationTokenSource();
        await Task.WhenAny(done, _cutOff.Task, Task.Delay(most, _options.TimeProvider, pause.Token));
        await pause.CancelAsync();
    }

    private async Task StopResolverAsync()
    {
        if (_resolver is not null)
        {
            try
            {
                await _resolver.StopAsync();
            }
#pragma warning disable CA1031 // Strategies of others throw what they like; the loops must end all the same.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                RoutingLog.ResolverStopFailed(_logger, LogText.Escape(_options.Resolver.Name), fault);
            }
        }
    }

    private async Task<int> CountSessionsAsync() => (await OnEachLoopAsync(sessions => sessions.Count)).Sum();

    private Task<T[]> OnEachLoopAsync<T>(Func<LoopSessions, T> work) =>
        Task.WhenAll(_sessions.Select(sessions => sessions.Loop.InvokeAsync(() => work(sessions))));

    private async Task StopLoopsAsync()
    {
        await OnEachLoopAsync(sessions =>
        {
            sessions.Dispose();
            sessions.Loop.CloseConnections();
            return true;
        });
        foreach (EventLoop loop in _loops)
        {
            loop.Dispose();
        }

        _loops.Clear();
        _sessions.Clear();
    }

    private async Task StopListeningAsync()
    {
        _memory?.Dispose();
        _loopWatch?.Dispose();
        _meter?.Dispose();
        _backendTls?.Dispose();
        foreach (Gate gate in _gates)
        {
            await gate.StopAsync();
        }
    }
}
