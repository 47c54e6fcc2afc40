using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Dialing;

/// <summary>Opens a connection to the first backend that takes one, on the caller's loop.</summary>
/// <remarks>
/// Names are looked up here and every resulting address passes the policy here, and that very address is dialled: what a resolver
/// or a name server says cannot change between the check and the dial.
/// </remarks>
internal sealed class Dialer(DialerOptions options, BackendPolicy policy, BackendHealth health, ILogger logger, BackendTls? tls = null)
{
    /// <summary>Most addresses of one key to try; a name server may answer with hundreds.</summary>
    private const int MaxAddresses = 16;

    /// <summary>Before an address is tried again; doubled each round, up to <see cref="LongestPauseMs"/>.</summary>
    private const int FirstPauseMs = 50;

    private const int LongestPauseMs = 1000;

    /// <summary>Counts dials that failed because this machine ran out of something.</summary>
    public DialShortage Shortage { get; } = new(logger);

    private readonly NameLookup _names = new(options, logger);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DialResult> DialAsync(EventLoop loop, DialRequest request, CancellationToken cancellation)
    {
        IReadOnlyList<Backend> backends = request.Backends;
        TargetList targets = default;
        int next = 0;
        int pauseMs = FirstPauseMs;
        bool refused = false;
        bool isShort = false;
        int untrusted = 0;
        for (int i = 0; ; i++)
        {
            if (i == targets.Count && next < backends.Count)
            {
                (targets, next, EndReason reasonIfNone) = await FindMoreAsync(request, targets, next, cancellation);
                if (targets.Count == 0)
                {
                    return new DialResult(null, reasonIfNone);
                }
            }

            // Dialling again does not make a certificate trusted.
            int attempts = Math.Max(options.Attempts, targets.Count);
            if (i >= attempts || untrusted >= targets.Count || cancellation.IsCancellationRequested)
            {
                break;
            }

            if (i > 0 && i % targets.Count == 0 && refused)
            {
                // After a timeout there is no reason to wait any longer.
                await PauseAsync(pauseMs, cancellation);
                pauseMs = Math.Min(pauseMs * 2, LongestPauseMs);
                refused = false;
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }
            }

            DialTarget target = targets[i % targets.Count];
            (Connection? connection, SocketError error) = await ConnectAsync(loop, request, target, cancellation);
            if (connection is not null)
            {
                return new DialResult(connection, default);
            }

            if (DialShortage.What(error) is { } what)
            {
                Shortage.Note(target.Address, what, loop.Now);
                isShort = true;
                if (error != SocketError.AddressNotAvailable)
                {
                    return new DialResult(null, EndReason.Busy);
                }

                // Ports run out per backend address: another one may still be dialled.
            }

            DialLog.DialFailed(logger, target.Address, i + 1, attempts, error);
            refused |= error != SocketError.TimedOut;
            untrusted += error == TlsConnection.ProtocolViolation ? 1 : 0;
        }

        EndReason reason = cancellation.IsCancellationRequested ? EndReason.ClientLost : isShort ? EndReason.Busy : EndReason.Unreachable;
        return new DialResult(null, reason);
    }

    /// <summary>
    /// A session with a backend ended. Dialling with KCP does not show whether a backend is there, so only the end does: a backend that
    /// never answered is suspended.
    /// </summary>
    public void Ended(Connection backend, EndReason reason)
    {
        if (backend.Traits.OpensUnanswered)
        {
            var target = new DialTarget(Protocol.Kcp, backend.RemoteAddress, null);
            if (backend.Activity.WasHeard)
            {
                health.Answered(target);
            }
            else if (reason == EndReason.BackendLost)
            {
                health.Failed(target);
            }
        }
    }

    /// <summary>
    /// Makes one attempt. KCP has no handshake: a session opens at once, and only its end shows whether a backend was there.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(Connection? Connection, SocketError Error)> ConnectAsync(
        EventLoop loop, DialRequest request, DialTarget target, CancellationToken cancellation)
    {
        if (target.Protocol == Protocol.Kcp)
        {
            SocketError error = KcpDial.TryOpen(loop, target.Address, options.Kcp, out KcpConnection? session, logger);
            return session is null ? (null, error) : Introduced(session, request.Header);
        }

        health.Trying(target);
        long dueAt = loop.Now + (long)request.Timeout.TotalMilliseconds;
        TcpConnectResult result = await TcpConnection.ConnectAsync(loop, target.Address, dueAt - loop.Now, cancellation);
        (Connection? connection, SocketError failure) = result.Connection is null
            ? (null, result.Error)
            : Introduced(result.Connection, request.Header);
        if (tls is not null && connection is TcpConnection plain)
        {
            (connection, failure) = await tls.ConnectAsync(plain, target.Name, dueAt, cancellation);
        }

        if (connection is not null)
        {
            health.Answered(target);
        }
        else if (SpeaksAgainst(failure))
        {
            health.Failed(target);
        }

        return (connection, failure);
    }

    /// <summary>Sends the header that introduces the client. A new connection has room for it, or the backend is gone.</summary>
    private static (Connection? Connection, SocketError Error) Introduced(Connection connection, ReadOnlyMemory<byte> header)
    {
        if (header.IsEmpty || connection.Write(header.Span) == header.Length)
        {
            return (connection, SocketError.Success);
        }

        connection.Abort();
        return (null, SocketError.ConnectionReset);
    }

    /// <summary>Returns false if this machine or the client is the cause: no descriptor, no local port, a client that left.</summary>
    private static bool SpeaksAgainst(SocketError error) =>
        error is SocketError.ConnectionRefused or SocketError.ConnectionReset or SocketError.TimedOut or SocketError.HostUnreachable
            or SocketError.HostDown or SocketError.NetworkUnreachable or TlsConnection.ProtocolViolation;

    /// <summary>
    /// Adds the allowed addresses of the next backends. Stops before a host name while a healthy address is untried, because its name
    /// servers may not answer.
    /// </summary>
    private async ValueTask<(TargetList Targets, int Next, EndReason ReasonIfNone)> FindMoreAsync(
        DialRequest request, TargetList targets, int next, CancellationToken cancellation)
    {
        IReadOnlyList<Backend> backends = request.Backends;
        int tried = targets.Count;
        bool anyDenied = false;
        bool anyNotAsked = false;
        for (; next < backends.Count; next++)
        {
            Backend backend = backends[next];
            if (backend.Name is not null && health.AnyHealthy(targets, tried))
            {
                break;
            }

            Protocol protocol = ProtocolOf(backend, request.DefaultProtocol);
            if (backend.Name is null)
            {
                anyDenied |= !Admit(ref targets, protocol, null, backend.Address);
            }
            else if (policy.CheckName(protocol, backend.Name, backend.Port) is { } denial)
            {
                DialLog.NameDenied(logger, LogText.Escape(backend.Name), backend.Port, denial.Rule);
                anyDenied = true;
            }
            else if (await _names.LookUpAsync(backend.Name, request.Timeout, cancellation) is { } found)
            {
                foreach (IPAddress address in found)
                {
                    anyDenied |= !Admit(ref targets, protocol, backend.Name, NetworkAddress.From(address, (ushort)backend.Port));
                }
            }
            else
            {
                anyNotAsked = true;
            }
        }

        EndReason reasonIfNone = anyNotAsked ? EndReason.Busy : anyDenied ? EndReason.Denied : EndReason.Unreachable;
        return (health.HealthyFirst(targets, tried), next, reasonIfNone);
    }

    private static Protocol ProtocolOf(Backend backend, Protocol defaultProtocol) => backend.Protocol switch
    {
        BackendProtocol.Kcp => Protocol.Kcp,
        BackendProtocol.Tcp => Protocol.Tcp,
        _ => defaultProtocol,
    };

    /// <summary>Adds an address if the policy allows it; returns whether it does.</summary>
    private bool Admit(ref TargetList targets, Protocol protocol, string? name, in NetworkAddress address)
    {
        var target = new DialTarget(protocol, address, tls is null || protocol == Protocol.Kcp ? null : name);
        if (targets.Count == MaxAddresses || targets.Contains(target))
        {
            return true;
        }

        PolicyDecision decision = policy.Check(protocol, name, address);
        if (decision.Allowed)
        {
            targets.Add(target);
            DialLog.Allowed(logger, address, decision.Rule);
        }
        else
        {
            DialLog.Denied(logger, address, decision.Rule);
        }

        return decision.Allowed;
    }

    private async ValueTask PauseAsync(int milliseconds, CancellationToken cancellation) =>
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), options.TimeProvider, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
