using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Gates;

/// <summary>A listener of one protocol, and everything that depends on that protocol.</summary>
/// <remarks>
/// Gates know nothing of each other, so that each can be started, stopped and replaced while the others serve. The sessions of a stopped
/// gate go on.
/// </remarks>
internal abstract class Gate(Protocol protocol, string section, HandshakeSettings handshake, ILogger logger)
{
    private NetworkAddress _address;

    public Protocol Protocol => protocol;

    /// <summary>Section of the configuration that it is set in.</summary>
    public string Section => section;

    /// <summary>The address to listen on.</summary>
    public abstract IPEndPoint Requested { get; }

    /// <summary>The bound address, with the real port. Null until it listens.</summary>
    public IPEndPoint? LocalEndPoint { get; private set; }

    public abstract GateTimeouts Timeouts { get; }

    /// <summary>Protocol of a backend that names none.</summary>
    public virtual Protocol DefaultBackendProtocol => Protocol.Tcp;

    /// <summary>The cost of sending a client the reason of its rejection.</summary>
    public virtual RejectionCost RejectionCost => RejectionCost.Frame;

    /// <summary>Whether two plain TCP connections are relayed without copying.</summary>
    public virtual bool ZeroCopy => false;

    /// <summary>Peers that begin with a PROXY protocol header.</summary>
    public virtual AddressSet Proxies => AddressSet.Empty;

    /// <summary>Peers whose <c>X-Forwarded-For</c> is trusted.</summary>
    public virtual AddressSet Forwarders => AddressSet.Empty;

    protected ILogger Logger => logger;

    /// <summary>Whether the peer may speak for others, so that the client is only known later.</summary>
    public bool HidesClient(in NetworkAddress peer) => Proxies.Contains(peer) || Forwarders.Contains(peer);

    /// <summary>Returns the address that a client connected to, in the client's address family as far as possible.</summary>
    public NetworkAddress AddressFor(in NetworkAddress client) =>
        client.IsIPv4 && _address.ToIPAddress().Equals(IPAddress.IPv6Any) ? NetworkAddress.From(IPAddress.Any, _address.Port) : _address;

    /// <summary>Begins to listen. The sessions of its clients run on the loops of the acceptors.</summary>
    /// <exception cref="SocketException">The address cannot be bound.</exception>
    /// <exception cref="Sluice.Transport.Tls.TlsFileException">A certificate or key cannot be used.</exception>
    public async Task ListenAsync(IReadOnlyList<IAcceptor> acceptors)
    {
        var byLoop = acceptors.ToDictionary(acceptor => acceptor.Loop);
        LocalEndPoint = await BindAsync(
            [.. acceptors.Select(acceptor => acceptor.Loop)],
            connection => byLoop[connection.Loop].Accept(connection, this),
            (loop, peer) => byLoop[loop].Admits(peer, this));
        _address = NetworkAddress.From(LocalEndPoint);
        GateLog.Listening(logger, protocol.ToWord(), LocalEndPoint, acceptors.Count);
    }

    /// <summary>Stops listening. Does nothing if it does not listen.</summary>
    public abstract Task StopAsync();

    /// <summary>Begins the handshake with a client.</summary>
    public IGreeting Greet(Connection connection, IClientIdentity client)
    {
        long timeoutMs = (long)handshake.ConnectTimeout.TotalMilliseconds;
        return Proxies.Contains(connection.RemoteAddress)
            ? GreetProxy(connection, client, timeoutMs)
            : GreetClient(connection, client, connection.Loop.Now + timeoutMs);
    }

    /// <summary>
    /// Sends the reason and closes. For gates with <see cref="RejectionCost.Frame"/>; clients of others cannot read a reason before the
    /// handshake.
    /// </summary>
    public virtual void Reject(Connection connection, EndReason reason) => connection.Close();

    /// <summary>Binds the listener.</summary>
    /// <param name="loops">Loops that accept.</param>
    /// <param name="accepted">Called on a loop with each admitted connection.</param>
    /// <param name="admits">Called on the same loop right before, with the address of the peer.</param>
    protected abstract Task<IPEndPoint> BindAsync(
        IReadOnlyList<EventLoop> loops, Action<Connection> accepted, Func<EventLoop, NetworkAddress, bool> admits);

    /// <summary>Begins the handshake with a client that no PROXY header comes before.</summary>
    /// <param name="connection">The accepted connection.</param>
    /// <param name="client">Learns who the client is.</param>
    /// <param name="dueAt">The loop's time at which the key must be complete.</param>
    protected abstract IGreeting GreetClient(Connection connection, IClientIdentity client, long dueAt);

    protected static IPEndPoint EndPoint(IPAddress? bind, int port) =>
        new(bind ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any), port);

    // A method of its own, so that other clients do not pay for the closure.
    private ProxyGreeting GreetProxy(Connection connection, IClientIdentity client, long timeoutMs) =>
        new(connection, timeoutMs, client, dueAt => GreetClient(connection, client, dueAt));
}
