using Microsoft.Extensions.Logging;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Relaying;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Tcp;

namespace Sluice.Gateway.Sessions;

/// <summary>What one loop keeps to serve its clients: its sessions, its limits, its pipes. Everything here runs on that loop.</summary>
internal sealed class Worker
{
    private readonly GatewayOptions _options;
    private readonly GreetingFrames _frames;
    private readonly WebSocketAnswers? _webSocket;
    private readonly SessionCount _count;
    private readonly SessionList _greeting = new();
    private readonly SessionList _greeted = new();
    private readonly object? _pipes;
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _draining;

    public Worker(EventLoop loop, GatewayOptions options, GreetingFrames frames, Dialer dialer, SessionCount count, ILogger logger)
    {
        Loop = loop;
        Dialer = dialer;
        Logger = logger;
        Report = new SessionReport(loop, logger);
        _options = options;
        _frames = frames;
        _webSocket = options.WebSocket is { } gate ? new WebSocketAnswers(options, gate) : null;
        _count = count;
        if (OperatingSystem.IsLinux() && options.Tcp?.ZeroCopy == true)
        {
            _pipes = new SplicePipePool(SplicePipePool.DefaultCapacityBytes);
        }
    }

    public EventLoop Loop { get; }

    public Dialer Dialer { get; }

    public ILogger Logger { get; }

    public SessionReport Report { get; }

    public CancellationPool Cancellations { get; } = new();

    public IBackendResolver Resolver => _options.Resolver;

    public int SessionsNow => _greeting.Count + _greeted.Count;

    /// <summary>Begins a session for a connection that was just accepted.</summary>
    public void Accept(Connection connection, Protocol protocol)
    {
        var session = new Session(this, _count.NextId(), protocol, connection, Greet(connection, protocol));

        // The oldest gives way: who floods with silent connections pushes out those, while a client that speaks at once is through in a moment.
        Session? oldest = _count.PendingPerLoop > 0 && _greeting.Count >= _count.PendingPerLoop ? _greeting.First : null;
        _greeting.AddLast(session);
        bool admitted = _count.TryEnter(connection.RemoteAddress);
        _ = session.RunAsync();
        if (_draining || !admitted)
        {
            session.Stop(_draining ? EndReason.Draining : EndReason.Busy, mayRead: true);
        }

        oldest?.Stop(EndReason.Busy);
    }

    public void HandshakeEnded(Session session)
    {
        _greeting.Remove(session);
        _greeted.AddLast(session);
    }

    public void Ended(Session session)
    {
        if (_greeted.Remove(session) || _greeting.Remove(session))
        {
            _count.Leave(session.ClientAddress);
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
        _draining = true;
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

    private IGreeting Greet(Connection connection, Protocol protocol) =>
        protocol == Protocol.WebSocket ? new WebSocketGreeting(connection, _webSocket!) : new FrameGreeting(connection, _frames);

    private void CompleteIfEmpty()
    {
        if (_draining && SessionsNow == 0)
        {
            _empty.TrySetResult();
        }
    }
}
