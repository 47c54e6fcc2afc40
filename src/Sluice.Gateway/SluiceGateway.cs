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
using Sluice.Gateway.Routing.Nodes;
using Sluice.Gateway.Sessions;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
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
    private readonly ResolverState _resolver;
    private readonly List<EventLoop> _loops = [];
    private readonly List<Worker> _workers = [];
    private readonly List<BoundListener> _listeners = [];
    private readonly List<TlsWatch> _certificates = [];
    private TcpServer? _tcp;
    private TcpServer? _webSocket;
    private KcpServer? _kcp;
    private GatewayMetrics? _metrics;
    private MemoryWatch? _memory;
    private bool _started;
    private bool _resolverStarted;

    /// <summary>Creates a gateway; <see cref="StartAsync"/> starts it.</summary>
    public SluiceGateway(GatewayOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
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
        _resolver = new ResolverState(options.Resolver, _logger);
    }

    /// <summary>What is listened on, once started.</summary>
    public IReadOnlyList<BoundListener> Listeners => _listeners;

    /// <summary>How often each rule of the policy decided about a backend since the start.</summary>
    public IReadOnlyList<PolicyTally> PolicyTallies => _policy.Tallies;

    /// <summary>Backend addresses that failed lately and are tried last for a while.</summary>
    public IReadOnlyList<BackendAside> BackendsAside => _health.Snapshot();

    /// <summary>
    /// What keeps the gateway from serving every client, in a sentence; null = nothing. While it is the strategy that does not know its nodes, new clients of
    /// known nodes are served all the same.
    /// </summary>
    public string? Problem => _memory?.Problem ?? _resolver.Problem;

    /// <summary>True while the process has more memory than <see cref="LimitOptions.MaxMemoryBytes"/>: every new client is refused.</summary>
    public bool IsShortOfMemory => _memory?.IsShort == true;

    /// <summary>True where the strategy can route clients: it has no problem, or knew its nodes before.</summary>
    public bool CanRoute => _resolver.CanRoute;

    /// <summary>The loops, for tests that move the clock or count what a loop allocates.</summary>
    internal IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>Sessions of the first loop; to be asked on it.</summary>
    internal int SessionsNow => _workers[0].SessionsNow;

    /// <summary>Binds every listener and begins to serve.</summary>
    /// <exception cref="ListenException">A listener could not be bound; nothing is left running.</exception>
    /// <exception cref="TlsFileException">A certificate or key cannot be used; nothing is left running.</exception>
    /// <exception cref="NodeSourceException">A registry that is required could not be loaded; nothing is left running.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        if (_started)
        {
            throw new InvalidOperationException("A gateway starts once.");
        }

        _started = true;

        RaiseDescriptorLimit();
        WarnOfOpenPolicy();
        try
        {
            StartLoops();
            _metrics = new GatewayMetrics(_options, _resolver, _policy, _health, _memory, _workers);
            _resolverStarted = true;
            await _options.Resolver.StartAsync(cancellation);
            if (_options.Tcp is { } tcp)
            {
                _tcp = await ListenAsync(tcp.Bind, tcp.Port, "tcpgate", tls: tcp.Tls, makeGate: server => new Gate(Protocol.Tcp)
                {
                    Tls = server,
                    Proxies = new AddressSet(tcp.AcceptProxyFrom),
                });
            }

            if (_options.Kcp is { } kcp)
            {
                _kcp = await ListenAsync(kcp);
            }

            if (_options.WebSocket is { } webSocket)
            {
                _webSocket = await ListenAsync(webSocket.Bind, webSocket.Port, "wsgate", tls: webSocket.Tls, makeGate: server => new Gate(Protocol.WebSocket)
                {
                    Tls = server,
                    Proxies = new AddressSet(webSocket.AcceptProxyFrom),
                    Forwarders = new AddressSet(webSocket.TrustForwardedFor),
                });
            }
        }
        catch
        {
            await StopListeningAsync();
            await StopResolverAsync();
            await StopLoopsAsync();
            throw;
        }
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
            var loop = new EventLoop(
                new EventLoopOptions
                {
                    Name = $"loop-{i}",
                    Poller = _options.Poller,
                    UdpBatching = _options.UdpBatching,
                    TcpUserTimeoutSeconds = (int)_options.TcpUserTimeout.TotalSeconds,
                    TimeProvider = _options.TimeProvider,
                },
                _logger);
            loop.Start();
            _loops.Add(loop);
            _workers.Add(new Worker(loop, _options, shared, _logger));
        }
    }

    private async Task<TcpServer> ListenAsync(IPAddress? bind, int port, string section, TlsServerOptions? tls, Func<TlsServer?, Gate> makeGate)
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
            Bound(gate.Protocol, server.LocalEndPoint);
            return server;
        }
        catch (SocketException failure)
        {
            throw new ListenException(section, endPoint, failure);
        }
    }

    private async Task<KcpServer> ListenAsync(KcpGateOptions options)
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
            Bound(Protocol.Kcp, server.LocalEndPoint);
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

    private void Bound(Protocol protocol, IPEndPoint endPoint)
    {
        _ownListeners.Add(protocol, endPoint.Port);
        _listeners.Add(new BoundListener(protocol, endPoint));
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
