using System.Runtime.CompilerServices;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Routing;
using Sluice.Transport;

namespace Sluice.Gateway.Sessions;

/// <content>From the key to a connected backend.</content>
internal sealed partial class Session
{
    private CancellationTokenSource? _whileDialing;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<DialResult> FindBackendAsync()
    {
        if (Stopped is { } stopped)
        {
            return new DialResult(null, stopped);
        }

        CancellationTokenSource cancellation = _sessions.Cancellations.Rent();
        _whileDialing = cancellation;
        _greeting!.CancelledWhenLost = cancellation;
        try
        {
            Resolution resolved = await ResolveAsync(cancellation);
            if (resolved.Backends.Count == 0)
            {
                return new DialResult(null, Stopped ?? resolved.Rejection);
            }

            var request = new DialRequest(_gate.DefaultBackendProtocol, _gate.Timeouts.Dial, resolved.Backends, HeaderFor(resolved));
            DialResult dialed = await _sessions.Dialer.DialAsync(_sessions.Loop, request, cancellation.Token);
            if (Stopped is { } reason)
            {
                dialed.Connection?.Abort();
                return new DialResult(null, reason);
            }

            return dialed;
        }
        finally
        {
            _whileDialing = null;
            _greeting.CancelledWhenLost = null;
            _sessions.Cancellations.Return(cancellation);
        }
    }

    /// <summary>
    /// Asks the strategy, and reports what it throws as its fault. A strategy that gave up because the client left has none.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Resolution> ResolveAsync(CancellationTokenSource whileResolving)
    {
        CancellationToken cancellation = whileResolving.Token;
        Resolution resolved;
        try
        {
            // During a flood of forged addresses, a client first has to prove that its own is real.
            resolved = await _client.ProveAsync(cancellation)
                ? await AskAsync(whileResolving)
                : Resolution.ClientLost;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Resolution.ClientLost;
        }
#pragma warning disable CA1031 // A strategy may throw anything.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            throw new ResolverFault(_sessions.Resolver, fault);
        }

        return resolved.Backends is not null
            ? resolved
            : throw new ResolverFault(_sessions.Resolver, new InvalidOperationException("It returned no resolution."));
    }

    /// <summary>
    /// Asks the strategy. Stops waiting when its time is over or the client has gone, even if the strategy ignores its token.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Resolution> AskAsync(CancellationTokenSource whileResolving)
    {
        ValueTask<Resolution> asked = _sessions.Resolver.ResolveAsync(new RouteRequest(_key, ClientAddress), whileResolving.Token);
        if (asked.IsCompleted)
        {
            return await asked;
        }

        Task<Resolution> answer = asked.AsTask();
        await _sessions.WaitForResolverAsync(answer, whileResolving.Token);
        if (answer.IsCompleted)
        {
            return await answer;
        }

        Forget(answer);
        if (whileResolving.IsCancellationRequested)
        {
            return Resolution.ClientLost;
        }

        _sessions.Report.ResolverSilent(_sessions.Resolver);
        Forget(whileResolving.CancelAsync());
        return Resolution.Unreachable;
    }

    /// <summary>Observes the exception of a task that nobody awaits.</summary>
    private static void Forget(Task task) => _ = task.ContinueWith(
        static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Returns the bytes that introduce the client to its backend; none if backends get no header.</summary>
    private byte[] HeaderFor(in Resolution resolved)
    {
        if (_sessions.Introduction is not { } introduction)
        {
            return [];
        }

        NetworkAddress local = _client.LocalAddress;
        NetworkAddress destination = _announced?.Destination ?? (local != default ? local : _gate.AddressFor(ClientAddress));
        string? name = resolved.NodeName ?? (resolved.Backends.Count == 1 ? resolved.Backends[0].Name : null);
        return introduction.Write(Id, Protocol, ClientAddress, destination, name);
    }
}
