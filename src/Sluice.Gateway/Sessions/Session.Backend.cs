using System.Runtime.CompilerServices;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Routing;
using Sluice.Transport;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Sessions;

/// <content>From the key to a backend that answers.</content>
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

        CancellationTokenSource cancellation = _worker.Cancellations.Rent();
        _whileDialing = cancellation;
        _greeting!.CancelledWhenLost = cancellation;
        try
        {
            Resolution resolved = await ResolveAsync(cancellation);
            if (resolved.Backends.Count == 0)
            {
                return new DialResult(null, Stopped ?? resolved.Refusal);
            }

            byte[] first = Introduce(resolved);
            DialResult dialed = await _worker.Dialer.DialAsync(_worker.Loop, Protocol, resolved.Backends, cancellation.Token, first);
            if (dialed.Connection is { } backend and not TlsConnection && backend.Write(first) < first.Length)
            {
                // The first bytes of a connection find room, or nobody is there.
                backend.Abort();
                dialed = new DialResult(null, EndReason.Unreachable);
            }

            if (Stopped is not null && dialed.Connection is not null)
            {
                dialed.Connection.Abort();
                dialed = default;
            }

            return Stopped is { } reason ? new DialResult(null, reason) : dialed;
        }
        finally
        {
            _whileDialing = null;
            _greeting.CancelledWhenLost = null;
            _worker.Cancellations.Return(cancellation);
        }
    }

    /// <summary>Asks the strategy. What it does wrong is its fault and named so; that it gave up because the client left is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Resolution> ResolveAsync(CancellationTokenSource whileResolving)
    {
        CancellationToken cancellation = whileResolving.Token;
        Resolution resolved;
        try
        {
            // With many clients of forged addresses around, this one first has to show that its own is not.
            resolved = await _client.ProveAsync(cancellation)
                ? await AskAsync(whileResolving)
                : Resolution.ClientLost;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Resolution.ClientLost;
        }
#pragma warning disable CA1031 // Strategies of others throw what they like.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            throw new ResolverFault(_worker.Resolver, fault);
        }

        return resolved.Backends is not null
            ? resolved
            : throw new ResolverFault(_worker.Resolver, new InvalidOperationException("It returned no resolution."));
    }

    /// <summary>Asks the strategy. One that does not answer in time, or after its client has gone, is not waited for, whether it heeds its token or not.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Resolution> AskAsync(CancellationTokenSource whileResolving)
    {
        ValueTask<Resolution> asked = _worker.Resolver.ResolveAsync(new RouteRequest(_key, ClientAddress), whileResolving.Token);
        if (asked.IsCompleted)
        {
            return await asked;
        }

        Task<Resolution> answer = asked.AsTask();
        await _worker.WaitForResolverAsync(answer, whileResolving.Token);
        if (answer.IsCompleted)
        {
            return await answer;
        }

        // Nobody looks at what it throws now.
        Forget(answer);
        if (whileResolving.IsCancellationRequested)
        {
            return Resolution.ClientLost;
        }

        _worker.Report.ResolverSilent(_worker.Resolver);
        Forget(whileResolving.CancelAsync());
        return Resolution.Unreachable;
    }

    private static void Forget(Task task) =>
        _ = task.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>The bytes by which the backend learns who its client is; none where it does not want to know.</summary>
    private byte[] Introduce(in Resolution resolved)
    {
        if (_worker.Introduction is not { } introduction)
        {
            return [];
        }

        NetworkAddress local = _client.LocalAddress;
        NetworkAddress destination = _announced?.Destination ?? (local != default ? local : _gate.AddressFor(ClientAddress));
        string? name = resolved.NodeName ?? (resolved.Backends.Count == 1 ? resolved.Backends[0].Name : null);
        return introduction.Write(Id, Protocol, ClientAddress, destination, name);
    }
}
