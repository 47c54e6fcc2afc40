using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Sessions;
using Sluice.Gateway.Telemetry;
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
internal sealed class Dialer(GatewayOptions options, BackendPolicy policy, ILogger logger, BackendTls? tls = null)
{
    /// <summary>Addresses of one key that are tried; a name server may answer with hundreds.</summary>
    private const int MaxAddresses = 16;

    /// <summary>Before an address is tried again; doubled each round, up to <see cref="LongestPauseMs"/>.</summary>
    private const int FirstPauseMs = 50;

    private const int LongestPauseMs = 1000;

    private readonly NameLookup _names = new(options, logger);
    private readonly KcpEndpointOptions? _kcp = options.Kcp is { } kcp ? KcpSettings.ForBackends(kcp) : null;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<DialResult> DialAsync(
        EventLoop loop, Protocol client, IReadOnlyList<Backend> backends, CancellationToken cancellation, ReadOnlyMemory<byte> beforeTls = default)
    {
        (AddressList addresses, bool anyDenied) = await AllowedAddressesAsync(backends, AttemptTimeout(client), cancellation);
        if (addresses.Count == 0)
        {
            return new DialResult(null, anyDenied ? EndReason.Denied : EndReason.Unreachable);
        }

        int attempts = Math.Max(options.DialAttempts, addresses.Count);
        int pauseMs = FirstPauseMs;
        bool refused = false;
        int notBelieved = 0;
        for (int i = 0; i < attempts && !cancellation.IsCancellationRequested; i++)
        {
            if (i > 0 && i % addresses.Count == 0 && refused)
            {
                // An address that let the whole timeout pass was waited for long enough.
                await PauseAsync(pauseMs, cancellation);
                pauseMs = Math.Min(pauseMs * 2, LongestPauseMs);
                refused = false;
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }
            }

            (NetworkAddress address, string? name) = addresses[i % addresses.Count];
            (Connection? connection, SocketError error) = await ConnectAsync(loop, client, address, name, beforeTls, cancellation);
            if (connection is not null)
            {
                return new DialResult(connection, default);
            }

            if (error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                return new DialResult(null, EndReason.Busy);
            }

            GatewayLog.DialFailed(logger, address, i + 1, attempts, error);
            refused |= error != SocketError.TimedOut;
            if (error == TlsConnection.ProtocolViolation && ++notBelieved == addresses.Count)
            {
                // A certificate does not get better by asking again.
                break;
            }
        }

        return new DialResult(null, cancellation.IsCancellationRequested ? EndReason.ClientLost : EndReason.Unreachable);
    }

    private TimeSpan AttemptTimeout(Protocol client) => client switch
    {
        Protocol.Kcp => options.Kcp!.DialTimeout,
        Protocol.WebSocket => options.WebSocket!.DialTimeout,
        _ => options.Tcp!.DialTimeout,
    };

    /// <summary>KCP has no handshake: a session is there at once, and whether anybody listens shows with the first bytes.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(Connection? Connection, SocketError Error)> ConnectAsync(
        EventLoop loop, Protocol client, NetworkAddress address, string? name, ReadOnlyMemory<byte> beforeTls, CancellationToken cancellation)
    {
        if (client == Protocol.Kcp && options.Kcp!.Reciprocity)
        {
            SocketError error = KcpDial.TryOpen(loop, address, _kcp!, out KcpConnection? session, logger);
            return (session, error);
        }

        long dueAt = loop.Now + (long)AttemptTimeout(client).TotalMilliseconds;
        TcpConnectResult result = await TcpConnection.ConnectAsync(loop, address, dueAt - loop.Now, cancellation);
        return tls is null || result.Connection is null
            ? (result.Connection, result.Error)
            : await tls.ConnectAsync(result.Connection, name, beforeTls, dueAt, cancellation);
    }

    private async ValueTask<(AddressList Addresses, bool AnyDenied)> AllowedAddressesAsync(
        IReadOnlyList<Backend> backends, TimeSpan lookUpTimeout, CancellationToken cancellation)
    {
        var addresses = new AddressList();
        bool anyDenied = false;
        for (int i = 0; i < backends.Count; i++)
        {
            Backend backend = backends[i];
            if (backend.Name is null)
            {
                anyDenied |= !Admit(ref addresses, null, backend.Address);
                continue;
            }

            foreach (IPAddress found in await _names.LookUpAsync(backend.Name, lookUpTimeout, cancellation))
            {
                anyDenied |= !Admit(ref addresses, backend.Name, NetworkAddress.From(found, (ushort)backend.Port));
            }
        }

        return (addresses, anyDenied);
    }

    /// <summary>Adds an address that the policy allows. False where it does not.</summary>
    private bool Admit(ref AddressList addresses, string? name, in NetworkAddress address)
    {
        if (addresses.Count == MaxAddresses || addresses.Contains(address))
        {
            return true;
        }

        PolicyDecision decision = policy.Check(name, address);
        if (decision.Allowed)
        {
            addresses.Add(address, name);
        }
        else
        {
            GatewayLog.Denied(logger, address, decision.Rule);
        }

        return decision.Allowed;
    }

    private async ValueTask PauseAsync(int milliseconds, CancellationToken cancellation) =>
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), options.TimeProvider, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
}
