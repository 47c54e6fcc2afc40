using System.Runtime.CompilerServices;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Relaying;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Tls;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Sessions;

/// <summary>One client's way through the gateway, on one loop:</summary>
/// <remarks>
/// <list type="number">
/// <item>greet: the client names its backend, within the connect timeout;</item>
/// <item>resolve: the strategy turns the key into backends;</item>
/// <item>dial: the first backend that the policy allows and that answers;</item>
/// <item>welcome: the client is told so, before any byte of the backend;</item>
/// <item>relay: bytes go both ways, untouched, until both sides are done;</item>
/// <item>report: one line says who ended it and why.</item>
/// </list>
/// </remarks>
internal sealed class Session : IClientNames
{
    private readonly Worker _worker;
    private readonly Gate _gate;
    private readonly long _started;
    private Connection _client;
    private Announced? _announced;
    private IGreeting? _greeting;
    private CancellationTokenSource? _whileDialing;
    private Connection? _backend;
    private Relay? _relay;
    private string _key = "";
    private EndReason _stoppedFor;
    private bool _isStopped;

    /// <param name="worker">Its loop's.</param>
    /// <param name="id">Its number.</param>
    /// <param name="gate">Where the client came in.</param>
    /// <param name="accepted">The client's connection as it was accepted.</param>
    /// <param name="isCounted">Whether it counts against the limits already.</param>
    public Session(Worker worker, long id, Gate gate, Connection accepted, bool isCounted)
    {
        _worker = worker;
        _gate = gate;
        _client = accepted;
        _started = worker.Loop.Now;
        Id = id;
        IsCounted = isCounted;
    }

    public long Id { get; }

    public Protocol Protocol => _gate.Protocol;

    /// <summary>True while it counts against the limits of its client.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>The list that it is in, and its neighbours there; for <see cref="SessionList"/> alone.</summary>
    public SessionList? List { get; set; }

    public Session? Previous { get; set; }

    public Session? Next { get; set; }

    /// <summary>The client: the other end of the connection, or whom a trusted proxy names.</summary>
    public NetworkAddress ClientAddress => _announced?.Client ?? _client.RemoteAddress;

    public NetworkAddress BackendAddress => _backend?.RemoteAddress ?? default;

    /// <summary>Why it was ended from outside, if it was.</summary>
    private EndReason? Stopped => _isStopped ? _stoppedFor : null;

    /// <summary>True once a backend was dialled and the client welcomed.</summary>
    public bool HadBackend => _relay is not null;

    public long AgeMs => _worker.Loop.Now - _started;

    public long BytesFromClient => _relay?.BytesFromClient ?? 0;

    public long BytesFromBackend => _relay?.BytesFromBackend ?? 0;

    public string KeyForLog => _key.Length > 0 && _worker.Resolver.KeysAreSecret ? "(secret)" : KeyText.Escape(_key);

    /// <summary>Begins the session, which then runs to its end by itself. It never throws: a fault ends this session and is logged.</summary>
    /// <param name="greeting">How the client is greeted.</param>
    public void Begin(IGreeting greeting)
    {
        _greeting = greeting;
        _ = GreetAsync();
    }

    /// <summary>Waits for the key. Apart from the rest, so that a client that names none holds no more than it takes to wait for one.</summary>
    private async Task GreetAsync()
    {
        try
        {
            GreetingResult greeted = await _greeting!.ReadKeyAsync();
            _worker.HandshakeEnded(this);
            _client = _greeting.Client;
            _ = ServeAsync(greeted);
        }
#pragma warning disable CA1031 // Whatever it is, it ends this session and no other.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
            _worker.Ended(this);
        }
    }

    private async Task ServeAsync(GreetingResult greeted)
    {
        try
        {
            if (greeted.Key is null)
            {
                await RefuseAsync(greeted.Reason);
                return;
            }

            _key = greeted.Key;
            DialResult dialed = await FindBackendAsync();
            if (dialed.Connection is null || _client.IsClosed)
            {
                dialed.Connection?.Abort();
                await RefuseAsync(_client.IsClosed ? EndReason.ClientLost : dialed.Reason);
                return;
            }

            _backend = dialed.Connection;
            await _greeting!.WelcomeAsync();
            _relay = _worker.CreateRelay(Protocol, _client, _backend);
            ReadOnlySpan<byte> behindKey = _greeting.BytesBehindKey;
            _greeting = null;
            EndReason ended = await _relay.RunAsync(behindKey);
            _worker.Dialer.Ended(_backend, ended);
            Report(Stopped ?? ended);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fault(fault);
        }
        finally
        {
            _worker.Ended(this);
        }
    }

    private void Fault(Exception fault)
    {
        _worker.Report.Faulted(this, fault);
        Stop(EndReason.Shutdown);
        _client.Abort();
    }

    /// <summary>Ends the session from outside, in whichever phase it is: a limit, an operator, the end of the gateway.</summary>
    /// <param name="reason">What is reported, and the client told.</param>
    /// <param name="mayRead">True where a client that has just come may be heard out for a moment, so that it can be told.</param>
    public void Stop(EndReason reason, bool mayRead = false)
    {
        if (!_isStopped)
        {
            (_isStopped, _stoppedFor) = (true, reason);
        }

        if (_relay is not null)
        {
            _relay.Stop(reason);
        }
        else
        {
            _greeting?.GiveUp(reason, mayRead);
            _whileDialing?.Cancel();
        }
    }

    /// <summary>True for a client that left before it named a backend, as load balancers do to see that the port is open.</summary>
    public bool IsProbe(EndReason reason) => reason == EndReason.ClientLost && _key.Length == 0;

    EndReason? IClientNames.Introduced(in ProxyHeader header)
    {
        if (header.HasAddresses)
        {
            _announced = new Announced(header.Source, header.Destination);
        }

        return _gate.Forwarders.Contains(ClientAddress) ? null : Enter();
    }

    bool IClientNames.MayTell() => _worker.MayTell(_gate);

    EndReason? IClientNames.Introduced(UpgradeRequest request)
    {
        if (IsCounted)
        {
            return null;
        }

        NetworkAddress client = ForwardedFor.Client(request, ClientAddress, _gate.Forwarders);
        if (client != ClientAddress)
        {
            _announced = new Announced(client, _announced?.Destination);
        }

        return Enter();
    }

    private EndReason? Enter()
    {
        EndReason? refusal = _worker.Admit(ClientAddress);
        IsCounted = refusal is null;
        return refusal;
    }

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
            Resolution resolved = await ResolveAsync(cancellation.Token);
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
    private async ValueTask<Resolution> ResolveAsync(CancellationToken cancellation)
    {
        Resolution resolved;
        try
        {
            resolved = await _worker.Resolver.ResolveAsync(new RouteRequest(_key, ClientAddress), cancellation);
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

    /// <summary>The bytes by which the backend learns who its client is; none where it does not want to know.</summary>
    private byte[] Introduce(in Resolution resolved)
    {
        if (_worker.Introduction is not { } introduction)
        {
            return [];
        }

        NetworkAddress destination = _announced?.Destination ?? (Protocol == Protocol.Kcp ? _gate.AddressFor(ClientAddress) : _client.LocalAddress);
        string? name = resolved.NodeName ?? (resolved.Backends.Count == 1 ? resolved.Backends[0].Name : null);
        return introduction.Write(Id, Protocol, ClientAddress, destination, name);
    }

    private async ValueTask RefuseAsync(EndReason reason)
    {
        Report(reason);
        switch (reason)
        {
            case EndReason.ClientLost:
                _client.Close();
                break;
            case EndReason.Shutdown:
                _client.End(ConnectionEnd.Shutdown);
                break;
            case EndReason.Kicked:
                _client.End(ConnectionEnd.Kicked);
                break;
            default:
                await _greeting!.RefuseAsync(reason);
                break;
        }
    }

    private void Report(EndReason reason) => _worker.Report.Ended(this, reason);

    /// <summary>Whom a proxy announced; beside the session, since most have none.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Destination">What it connected to, where that was said.</param>
    private sealed record Announced(NetworkAddress Client, NetworkAddress? Destination);
}
