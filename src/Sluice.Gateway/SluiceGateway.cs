using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Sessions;
using Sluice.Gateway.Telemetry;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Platform;

namespace Sluice.Gateway;

/// <summary>The gateway: event loops, gates that listen, and the sessions of their clients.</summary>
/// <example><code>
/// await using var gateway = new SluiceGateway(new GatewayOptions { Tcp = new TcpGateOptions { Port = 7082 } });
/// await gateway.StartAsync();
/// </code></example>
public sealed partial class SluiceGateway : IAsyncDisposable
{
    /// <summary>Name of the <see cref="Meter"/> that publishes everything the gateway counts.</summary>
    public const string MeterName = "Sluice";

    /// <summary>A lower limit on descriptors is worth a warning.</summary>
    private const long FewDescriptors = 4096;

    private readonly GatewayOptions _options;
    private readonly ILogger _logger;
    private readonly OwnListeners _ownListeners = new();
    private readonly BackendPolicy _policy;
    private readonly BackendHealth _health;
    private readonly ResolverState _resolverState;
    private readonly List<EventLoop> _loops = [];
    private readonly List<LoopSessions> _sessions = [];
    private volatile IReadOnlyList<Gate> _gates = [];
    private BackendTls? _backendTls;
    private Meter? _meter;
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

    /// <summary>How often each rule of the policy has decided about a backend since the start.</summary>
    public IReadOnlyList<PolicyTally> PolicyTallies => _policy.Tallies;

    /// <summary>Backend addresses that failed lately and are tried last for a while.</summary>
    public IReadOnlyList<SuspendedBackend> SuspendedBackends => _health.Snapshot();

    /// <summary>
    /// What keeps the gateway from serving every client, in a sentence; null = nothing. If the strategy does not know its nodes, new
    /// clients of nodes that were known before are still served.
    /// </summary>
    public string? Problem => _memory?.Problem ?? _resolverState.Problem;

    /// <summary>
    /// True while the process has more memory than <see cref="LimitOptions.MaxMemoryBytes"/>: every new client is rejected.
    /// </summary>
    public bool IsShortOfMemory => _memory?.IsShort == true;

    /// <summary>Whether the strategy can route clients: it has no problem, or knew its nodes before.</summary>
    public bool CanRoute => _resolverState.CanRoute;

    /// <summary>
    /// Names of the event loops that have not turned for five seconds, for example because a strategy blocks one; usually empty. The
    /// clients of such a loop are not served until it turns again.
    /// </summary>
    public IReadOnlyList<string> StuckLoops => _loopWatch?.Stuck ?? [];

    /// <summary>The loops, for tests that move the clock or count what a loop allocates.</summary>
    internal IReadOnlyList<EventLoop> Loops => _loops;

    /// <summary>Sessions of the first loop; for tests, on that loop.</summary>
    internal int SessionsNow => _sessions[0].Count;

    /// <summary>Returns what the dialer needs of the options.</summary>
    internal static DialerOptions DialerOptionsOf(GatewayOptions options) => new()
    {
        Attempts = options.DialAttempts,
        Kcp = KcpSettings.ForBackends(options.Kcp ?? options.KcpBackends ?? new KcpGateOptions()),
        LookUpName = options.LookUpName,
        SystemNames = options.SystemNames,
        TimeProvider = options.TimeProvider,
    };

    /// <summary>Starts the loops and the strategy, then opens every gate.</summary>
    private async Task OpenAsync(CancellationToken cancellation)
    {
        RaiseDescriptorLimit();
        WarnOfOpenPolicy();
        SourceAddress.ThrowIfNotLocal(_options.SourceAddresses);
        Gate[] gates = [.. CreateGates()];
        StartLoops();
        _loopWatch = new LoopWatch(_loops, _logger);
        Measure();
        _resolver = SharedResolver.Of(_options.Resolver);
        await _resolver.StartAsync(cancellation);
        foreach (Gate gate in gates)
        {
            await OpenAsync(gate);
        }
    }

    private async Task OpenAsync(Gate gate)
    {
        // Also after a failure it may hold something that only stopping it gives back.
        _gates = [.. _gates, gate];
        try
        {
            await gate.ListenAsync(_sessions);
        }
        catch (SocketException failure)
        {
            throw new ListenException(gate.Section, gate.Requested, failure);
        }

        _ownListeners.Add(gate.Protocol, gate.LocalEndPoint!.Port);
    }

    private IEnumerable<Gate> CreateGates()
    {
        var handshake = new HandshakeSettings
        {
            ConnectTimeout = _options.ConnectTimeout,
            MaxKeyBytes = _options.MaxKeyBytes,
            SuccessMessage = _options.SuccessMessage,
            ErrorReply = _options.ErrorReply,
        };
        if (_options.Tcp is { } tcp)
        {
            yield return new TcpGate(tcp, handshake, _options.TimeProvider, _logger);
        }

        if (_options.Kcp is { } kcp)
        {
            yield return new KcpGate(kcp, handshake, _logger);
        }

        if (_options.WebSocket is { } webSocket)
        {
            yield return new WebSocketGate(webSocket, handshake, _options.TimeProvider, _logger);
        }
    }

    private void StartLoops()
    {
        int count = _options.Loops > 0 ? _options.Loops : Environment.ProcessorCount;
        SessionServices services = CreateServices(count);
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
            _sessions.Add(new LoopSessions(loop, services));
        }
    }

    private SessionServices CreateServices(int loops)
    {
        if (_options.Limits.MaxMemoryBytes > 0)
        {
            _memory = new MemoryWatch(_options.Limits.MaxMemoryBytes, _options.TimeProvider, _logger);
        }

        if (_options.BackendTls is { } tls)
        {
            _backendTls = new BackendTls(tls, _options.TimeProvider, _logger);
        }

        return new SessionServices
        {
            Resolver = _options.Resolver,
            ResolveTimeout = _options.ResolveTimeout,
            Dialer = new Dialer(DialerOptionsOf(_options), _policy, _health, _logger, _backendTls),
            Limits = new SessionLimits(_options.Limits, loops, _memory),
            Clients = new ClientList(_options.Clients),
            Introduction = _options.ProxyProtocol is { } version ? new Introduction(version) : null,
            TimeProvider = _options.TimeProvider,
            Logger = _logger,
        };
    }

    private void Measure()
    {
        _meter = new Meter(new MeterOptions(MeterName)
        {
            Scope = this,
            Tags = _options.Name is { } name ? [new("gateway", name)] : null,
        });
        GatewayMetrics.ShowMachine(_meter, _memory, _loopWatch!, _sessions);
        GatewayMetrics.ShowRouting(_meter, _resolverState, _policy, _health);
        GatewayMetrics.ShowSessions(
            _meter, () => _gates.Select(gate => gate.Protocol), [.. _sessions.Select(sessions => sessions.Report.Tally)]);
    }

    private void RaiseDescriptorLimit()
    {
        if (OperatingSystem.IsLinux() && FileLimit.RaiseToHardLimit() is var files and > 0 and < FewDescriptors)
        {
            GatewayLog.FewDescriptors(_logger, files);
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
