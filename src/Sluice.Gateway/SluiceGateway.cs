using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Sessions;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tls;

namespace Sluice.Gateway;

/// <summary>The gateway: loops, listeners, and the sessions of the clients that come in.</summary>
/// <example><code>
/// await using var gateway = new SluiceGateway(new GatewayOptions { Tcp = new TcpGateOptions { Port = 7082 } });
/// await gateway.StartAsync();
/// </code></example>
public sealed partial class SluiceGateway : IAsyncDisposable
{
    /// <summary>Name of the <see cref="System.Diagnostics.Metrics.Meter"/> with everything that a gateway counts, for whoever listens to it.</summary>
    public const string MeterName = "Sluice";

    /// <summary>Below this many descriptors a warning is due.</summary>
    private const long FewDescriptors = 4096;

    private readonly GatewayOptions _options;
    private readonly ILogger _logger;
    private readonly OwnListeners _ownListeners = new();
    private readonly BackendPolicy _policy;
    private readonly BackendHealth _health;
    private readonly ResolverState _resolverState;
    private readonly List<EventLoop> _loops = [];
    private readonly List<Worker> _workers = [];
    private readonly List<TlsWatch> _certificates = [];
    private TcpServer? _tcp;
    private TcpServer? _webSocket;
    private KcpServer? _kcp;
    private GatewayMetrics? _metrics;
    private MemoryWatch? _memory;
    private LoopWatch? _loopWatch;
    private IReadOnlyList<BoundListener> _listeners = [];
    private SharedResolver? _resolver;

    /// <summary>Creates a gateway; <see cref="StartAsync"/> starts it.</summary>
    /// <exception cref="ArgumentException">An option is missing or out of its range; the message names it.</exception>
    public SluiceGateway(GatewayOptions options, ILogger? logger = null)
    {
        GatewayOptionsCheck.Validate(options);
        _options = options;
        foreach (IPEndPoint other in options.OtherListeners)
        {
            _ownListeners.Add(Protocol.Tcp, other.Port);
        }

        _policy = new BackendPolicy(
            options.Allow,
            options.Deny,
            _ownListeners,
            options.Nat64Prefixes,
            kcpNeedsRule: options.Kcp is null && options.Resolver is HostPortResolver,
            new MachineNetworks(options.TimeProvider));
        _health = new BackendHealth(options.TimeProvider);
        _logger = logger ?? NullLogger.Instance;
        _resolverState = new ResolverState(options.Resolver, _logger);
    }

    /// <summary>The bound listeners; empty until <see cref="StartAsync"/> has completed.</summary>
    public IReadOnlyList<BoundListener> Listeners => _listeners;

    /// <summary>How often each rule of the policy decided about a backend since the start.</summary>
    public IReadOnlyList<PolicyTally> PolicyTallies => _policy.Tallies;

    /// <summary>Backend addresses that failed lately and are tried last for a while.</summary>
    public IReadOnlyList<BackendAside> BackendsAside => _health.Snapshot();

    /// <summary>
    /// What keeps the gateway from serving every client, in a sentence; null = nothing. While it is the strategy that does not know its nodes, new clients of
    /// known nodes are served all the same.
    /// </summary>
    public string? Problem => _memory?.Problem ?? _resolverState.Problem;

    /// <summary>True while the process has more memory than <see cref="LimitOptions.MaxMemoryBytes"/>: every new client is refused.</summary>
    public bool IsShortOfMemory => _memory?.IsShort == true;

    /// <summary>True where the strategy can route clients: it has no problem, or knew its nodes before.</summary>
    public bool CanRoute => _resolverState.CanRoute;

    /// <summary>
    /// Names of the event loops that have not turned for five seconds, for example because a strategy blocks one; empty while all is well. The
    /// clients of such a loop are not served until it turns again.
    /// </summary>
    public IReadOnlyList<string> StuckLoops => _loopWatch?.Stuck ?? [];

    /// <summary>The loops, for tests that move the clock or count what a loop allocates.</summary>
    internal IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>Sessions of the first loop; to be asked on it.</summary>
    internal int SessionsNow => _workers[0].SessionsNow;

    /// <summary>Starts the loops and the strategy, then binds every listener.</summary>
    private async Task<IReadOnlyList<BoundListener>> OpenAsync(CancellationToken cancellation)
    {
        RaiseDescriptorLimit();
        WarnOfOpenPolicy();
        SourceAddress.ThrowIfNotLocal(_options.SourceAddresses);
        StartLoops();
        _loopWatch = new LoopWatch(_loops, _logger);
        _metrics = new GatewayMetrics(this, _options, _resolverState, _policy, _health, _memory, _loopWatch, _workers);
        _resolver = SharedResolver.Of(_options.Resolver);
        await _resolver.StartAsync(cancellation);
        var listeners = new List<BoundListener>();
        if (_options.Tcp is { } tcp)
        {
            _tcp = await ListenAsync(listeners, tcp.Bind, tcp.Port, "tcpgate", tls: tcp.Tls, makeGate: server => new Gate(Protocol.Tcp)
            {
                Tls = server,
                Proxies = new AddressSet(tcp.AcceptProxyFrom),
            });
        }

        if (_options.Kcp is { } kcp)
        {
            _kcp = await ListenAsync(listeners, kcp);
        }

        if (_options.WebSocket is { } ws)
        {
            _webSocket = await ListenAsync(listeners, ws.Bind, ws.Port, "wsgate", tls: ws.Tls, makeGate: server => new Gate(Protocol.WebSocket)
            {
                Tls = server,
                Proxies = new AddressSet(ws.AcceptProxyFrom),
                Forwarders = new AddressSet(ws.TrustForwardedFor),
            });
        }

        return listeners;
    }

    private void StartLoops()
    {
        int count = _options.Loops > 0 ? _options.Loops : Environment.ProcessorCount;
        if (_options.Limits.MaxMemoryBytes > 0)
        {
            _memory = new MemoryWatch(_options.Limits.MaxMemoryBytes, _options.TimeProvider, _logger);
        }

        var shared = new WorkerShared
        {
            Frames = new GreetingFrames(_options),
            Dialer = new Dialer(_options, _policy, _health, _logger, BackendTls()),
            Count = new SessionCount(_options.Limits, count, _memory),
            Clients = new ClientList(_options.Clients),
            Introduction = _options.ProxyProtocol is { } version ? new Introduction(version) : null,
        };
        for (int i = 0; i < count; i++)
        {
            var loop = EventLoopFactory.Create(
                new EventLoopOptions
                {
                    Name = $"loop-{i}",
                    Poller = _options.Poller,
                    UdpBatching = _options.UdpBatching,
                    SourceAddresses = _options.SourceAddresses,
                    TcpUserTimeoutSeconds = (int)_options.TcpUserTimeout.TotalSeconds,
                    TimeProvider = _options.TimeProvider,
                },
                _logger);
            try
            {
                loop.Start();
            }
            catch
            {
                loop.Dispose();
                throw;
            }

            _loops.Add(loop);
            _workers.Add(new Worker(loop, _options, shared, _logger));
        }
    }

    private async Task<TcpServer> ListenAsync(
        List<BoundListener> listeners, IPAddress? bind, int port, string section, TlsServerOptions? tls, Func<TlsServer?, Gate> makeGate)
    {
        IPEndPoint endPoint = Wanted(bind, port);
        try
        {
            Gate gate = makeGate(StartTls(tls));
            TcpServer server = await TcpServer.StartAsync(
                _loops,
                endPoint,
                new TcpListenOptions(),
                connection => WorkerOf(connection.Loop).Accept(connection, gate),
                _logger,
                (loop, peer) => WorkerOf(loop).IsWorthAWord(peer, gate));
            Bound(listeners, gate.Protocol, server.LocalEndPoint);
            return server;
        }
        catch (SocketException failure)
        {
            throw new ListenException(section, endPoint, failure);
        }
    }

    private async Task<KcpServer> ListenAsync(List<BoundListener> listeners, KcpGateOptions options)
    {
        IPEndPoint endPoint = Wanted(options.Bind, options.Port);
        var gate = new Gate(Protocol.Kcp);
        try
        {
            KcpServer server = await KcpServer.StartAsync(
                _loops,
                endPoint,
                KcpSettings.ForClients(options),
                connection => WorkerOf(connection.Loop).Accept(connection, gate),
                _logger,
                (loop, peer) => WorkerOf(loop).IsWorthAWord(peer, gate));
            gate.Address = NetworkAddress.From(server.LocalEndPoint);
            Bound(listeners, Protocol.Kcp, server.LocalEndPoint);
            GatewayLog.Datagrams(_logger, _loops[0].UdpBatching);
            return server;
        }
        catch (SocketException failure)
        {
            throw new ListenException("kcpgate", endPoint, failure);
        }
    }

    private BackendTls? BackendTls()
    {
        if (_options.BackendTls is not { } tls)
        {
            return null;
        }

        var client = new TlsClient(tls.CaFile);
        if (tls.CaFile is not null)
        {
            _certificates.Add(new TlsWatch(client, _options.TimeProvider, _logger));
        }

        return new BackendTls(client, _logger);
    }

    /// <summary>Reads the certificates of a listener and begins to watch them; null where it speaks none.</summary>
    private TlsServer? StartTls(TlsServerOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        var server = new TlsServer(options);
        _certificates.Add(new TlsWatch(server, _options.TimeProvider, _logger));
        return server;
    }

    private static IPEndPoint Wanted(IPAddress? bind, int port) => new(bind ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any), port);

    private void Bound(List<BoundListener> listeners, Protocol protocol, IPEndPoint endPoint)
    {
        _ownListeners.Add(protocol, endPoint.Port);
        listeners.Add(new BoundListener(protocol, endPoint));
        GatewayLog.Listening(_logger, protocol.ToWord(), endPoint, _loops.Count);
    }

    private Worker WorkerOf(EventLoop loop) => _workers[_loops.IndexOf(loop)];

    private void RaiseDescriptorLimit()
    {
        if (OperatingSystem.IsLinux() && FileLimit.RaiseToHardLimit() is var files and > 0 and < FewDescriptors)
        {
            GatewayLog.FewDescriptors(_logger, files);
        }

        if (!OperatingSystem.IsLinux() && _options.Tcp?.ZeroCopy == true)
        {
            GatewayLog.NoZeroCopy(_logger);
        }
    }

    private void WarnOfOpenPolicy()
    {
        if (_options.Resolver is HostPortResolver && _options.Allow is null)
        {
            GatewayLog.OpenToPrivateNetworks(_logger);
        }
    }
}
