using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Relaying;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Sessions;

/// <summary>What one loop keeps to serve its clients: its sessions, its limits, its pipes. Everything here runs on that loop.</summary>
internal sealed class Worker
{
    private readonly GatewayOptions _options;
    private readonly GreetingFrames _frames;
    private readonly WebSocketAnswers? _webSocket;
    private readonly SessionCount _count;
    private readonly Entrance _entrance;
    private readonly SessionList _greeting = new();
    private readonly SessionList _greeted = new();
    private readonly object? _pipes;
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Worker(EventLoop loop, GatewayOptions options, WorkerShared shared, ILogger logger)
    {
        Loop = loop;
        Dialer = shared.Dialer;
        Introduction = shared.Introduction;
        Logger = logger;
        Report = new SessionReport(loop, logger);
        _options = options;
        _frames = shared.Frames;
        _webSocket = options.WebSocket is { } gate ? new WebSocketAnswers(options, gate) : null;
        _count = shared.Count;
        _entrance = new Entrance(loop, shared.Clients, _count, Report);
        if (OperatingSystem.IsLinux() && options.Tcp?.ZeroCopy == true)
        {
            var pipes = new SplicePipePool(SplicePipePool.DefaultCapacityBytes);
            loop.OnTrim(pipes.Trim);
            _pipes = pipes;
        }
    }

    public EventLoop Loop { get; }

    public Dialer Dialer { get; }

    public ILogger Logger { get; }

    /// <summary>What backends are told of their clients; null = nothing.</summary>
    public Introduction? Introduction { get; }

    public SessionReport Report { get; }

    public CancellationPool Cancellations { get; } = new();

    public IBackendResolver Resolver => _options.Resolver;

    /// <summary>Waits for the answer of the strategy, for its time at most. It never throws.</summary>
    public ConfiguredTaskAwaitable WaitForResolverAsync(Task answer, CancellationToken cancellation) =>
        answer.WaitAsync(_options.ResolveTimeout, _options.TimeProvider, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    public int SessionsNow => _greeting.Count + _greeted.Count;

    /// <summary>False for a peer of whom nothing is to be made: its connection is closed, its datagram dropped.</summary>
    public bool IsWorthAWord(in NetworkAddress peer, Gate gate) => _entrance.IsWorthAWord(peer, gate);

    /// <summary>Begins a session for a connection that was just accepted, or refuses it.</summary>
    public void Accept(Connection connection, Gate gate)
    {
        // Of a client behind a proxy nothing is known yet: its session asks once it is.
        bool isKnown = !gate.HidesClient(connection.RemoteAddress);
        EndReason? refusal = isKnown ? _entrance.Admit(connection.RemoteAddress) : _entrance.IsDraining ? EndReason.Draining : null;
        if (refusal is null)
        {
            Begin(connection, gate, isCounted: isKnown);
        }
        else
        {
            Refuse(connection, gate, refusal.Value);
        }
    }

    /// <summary>Lets a client in of whom a session has just learnt; null, or why not.</summary>
    public EndReason? Admit(in NetworkAddress client) => _entrance.Admit(client);

    /// <summary>True where a client that was not let in then may be told so.</summary>
    public bool MayTell(Gate gate) => _entrance.TakeWord(gate);

    public void HandshakeEnded(Session session)
    {
        _greeting.Remove(session);
        _greeted.AddLast(session);
    }

    public void Ended(Session session)
    {
        if (_greeted.Remove(session) || _greeting.Remove(session))
        {
            Report.Tally.Left(session.Protocol);
            if (session.IsCounted)
            {
                _count.Leave(session.ClientAddress);
            }

            CompleteIfEmpty();
        }
    }

    public Relay CreateRelay(Protocol protocol, Connection client, Connection backend)
    {
        TimeSpan idle = protocol switch
        {
            Protocol.Kcp => _options.Kcp!.IdleTimeout,
            Protocol.WebSocket => _options.WebSocket!.IdleTimeout,
            _ => _options.Tcp!.IdleTimeout,
        };
        return OperatingSystem.IsLinux()
            && _pipes is SplicePipePool pipes
            && client is TcpConnection tcpClient
            && backend is TcpConnection tcpBackend
            ? new SpliceRelay(tcpClient, tcpBackend, idle, pipes)
            : new CopyRelay(client, backend, idle);
    }

    /// <summary>Refuses new clients from here on; those that have not named a backend yet, too. Completes when no session is left.</summary>
    public Task DrainAsync()
    {
        _entrance.IsDraining = true;
        foreach (Session session in _greeting.ToArray())
        {
            session.Stop(EndReason.Draining, mayRead: true);
        }

        CompleteIfEmpty();
        return _empty.Task;
    }

    /// <summary>Ends every session at once.</summary>
    public void CutOff()
    {
        foreach (Session session in (Session[])[.. _greeting.ToArray(), .. _greeted.ToArray()])
        {
            session.Stop(EndReason.Shutdown);
        }
    }

    public void Close()
    {
        if (OperatingSystem.IsLinux())
        {
            (_pipes as SplicePipePool)?.Dispose();
        }
    }

    private Session Begin(Connection connection, Gate gate, bool isCounted)
    {
        var session = new Session(this, _count.NextId(), gate, connection, isCounted);

        // The oldest gives way: who floods with silent connections pushes out those, while a client that speaks at once is through in a moment.
        Session? oldest = IsFull ? _greeting.First : null;
        _greeting.AddLast(session);
        Report.Tally.Began(session.Protocol);
        session.Begin(Greet(connection, gate, session));
        oldest?.Stop(EndReason.Busy);
        return session;
    }

    /// <summary>Tells a client as cheaply as its protocol allows why it is not let in; in a flood, by closing its connection alone.</summary>
    private void Refuse(Connection connection, Gate gate, EndReason reason)
    {
        if (reason == EndReason.Denied)
        {
            connection.Abort();
        }
        else if (!_entrance.MayTell(gate))
        {
            connection.Close();
        }
        else if (reason == EndReason.Draining || gate.Protocol == Protocol.WebSocket || gate.Tls is not null)
        {
            // Why can only be read once the upgrade is answered or the TLS handshake done; and who is told that the gateway goes away must have
            // read it before it does.
            Hear(connection, gate, reason);
        }
        else
        {
            Report.Refused(_count.NextId(), gate.Protocol, connection.RemoteAddress, reason);
            Tell(connection, reason);
        }
    }

    private void Hear(Connection connection, Gate gate, EndReason reason)
    {
        if (IsFull)
        {
            // Who is refused takes nobody's place.
            connection.Close();
            Report.TurnedAway();
        }
        else
        {
            Begin(connection, gate, isCounted: false).Stop(reason, mayRead: true);
        }
    }

    private void Tell(Connection connection, EndReason reason)
    {
        _ = connection.Write(_frames.Failure(reason));
        if (connection.Traits.DeliversAfterClose)
        {
            connection.Close();
        }
        else
        {
            LingeringClose.Begin(connection);
        }
    }

    private bool IsFull => _count.PendingPerLoop > 0 && _greeting.Count >= _count.PendingPerLoop;

    private IGreeting Greet(Connection connection, Gate gate, Session session)
    {
        long timeout = (long)_options.ConnectTimeout.TotalMilliseconds;
        return gate.Proxies.Contains(connection.RemoteAddress)
            ? GreetProxy(connection, gate, session, timeout)
            : GreetClient(connection, gate, session, Loop.Now + timeout);
    }

    private ProxyGreeting GreetProxy(Connection connection, Gate gate, Session session, long timeoutMs) =>
        new(connection, timeoutMs, session, dueAt => GreetClient(connection, gate, session, dueAt));

    private IGreeting GreetClient(Connection connection, Gate gate, Session session, long dueAt)
    {
        Connection stream = gate.Tls is null ? connection : TlsConnection.Accept(connection, gate.Tls, Logger);
        return gate.Protocol == Protocol.WebSocket
            ? new WebSocketGreeting(stream, _webSocket!, dueAt, session)
            : new FrameGreeting(stream, _frames, dueAt);
    }

    private void CompleteIfEmpty()
    {
        if (_entrance.IsDraining && SessionsNow == 0)
        {
            _empty.TrySetResult();
        }
    }
}
