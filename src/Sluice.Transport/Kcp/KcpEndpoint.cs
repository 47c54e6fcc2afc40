using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Sluice.Kcp;
using Sluice.Kcp.Crypto;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Kcp;

/// <summary>
/// Everything about one UDP port of one loop: receives a batch, feeds its sessions, and at the end of the turn sends a batch.
/// </summary>
/// <remarks>
/// A datagram begins a session only if it can be the first of one, and not after a session of that name ended. One with another
/// conversation's number never ends a live session: it is a session of its own, or nothing.
/// A client whose address changed is a stranger: see docs/decisions/0008-kcp-address-change.md.
/// </remarks>
internal sealed partial class KcpEndpoint : ILoopListener, IPollTarget, ITurnEnd, ITimerTarget
{
    /// <summary>How long a server that stops waits for what closed sessions still deliver.</summary>
    public const long StopMs = 2_000;

    private readonly EventLoop _loop;
    private readonly DatagramSocket _socket;
    private readonly KcpEndpointOptions _options;
    private readonly KcpOptions _session;
    private readonly KcpContext _context;
    private readonly KcpPacketCrypto? _crypto;
    private readonly ReceiveBatch _received;
    private readonly ArrivalRate _arrivals;
    private readonly bool _gathers;
    private readonly SendBatch _batch;
    private readonly UnsentDatagrams _unsent;
    private readonly IKcpOutput _output;
    private readonly Action<KcpConnection>? _accepted;
    private readonly Func<EventLoop, NetworkAddress, bool>? _admits;
    private readonly ILogger _logger;
    private readonly Dictionary<NetworkAddress, KcpConnection> _peers = [];
    private readonly Tombstones _tombstones = new(16 * 1024);

    // Apart, so that forged first datagrams do not push out those of real clients.
    private readonly Tombstones _tombstonesOfUnproven = new(4 * 1024);
    private readonly List<KcpConnection> _touched = [];
    private readonly long _token;
    private TaskCompletionSource? _delivered;
    private StrongBox<NetworkAddress>? _lastLocal;
    private bool _closed;

    private KcpEndpoint(
        EventLoop loop,
        DatagramSocket socket,
        KcpEndpointOptions options,
        Action<KcpConnection>? accepted,
        Func<EventLoop, NetworkAddress, bool>? admits,
        ILogger logger)
    {
        _loop = loop;
        _socket = socket;
        _options = options;
        _session = accepted is not null && options.RequireProof ? options.Session with { RequireProof = true } : options.Session;
        _context = loop.Kcp;
        _received = loop.Datagrams;
        _arrivals = loop.Arrivals;
        _gathers = loop.Sockets.UdpBatching.Gathering;
        _accepted = accepted;
        _admits = admits;
        _logger = logger;
        _unsent = new UnsentDatagrams(socket, loop.Buffers, accepted is null ? OnePeerUnsentBytes : options.SocketBufferBytes);
        _batch = new SendBatch(socket, _unsent);
        try
        {
            _crypto = options.Crypto?.Invoke();
            _output = _crypto is null ? _batch : new SealingOutput(_batch, _crypto);
            _token = loop.Watch(this, socket.Handle, Watched);
        }
        catch
        {
            _crypto?.Dispose();
            socket.Close();
            throw;
        }
    }

    public IPEndPoint LocalEndPoint => _socket.LocalEndPoint;

    /// <summary>Socket buffer bytes that the system granted.</summary>
    public (int Receive, int Send) BufferBytes => _socket.BufferBytes;

    /// <summary>Lets further sockets of this user join the port; see <see cref="DatagramSocket.SharePort"/>.</summary>
    public void SharePort() => _socket.SharePort();

    public int Connections { get; private set; }

    /// <summary>Clients that have not shown yet that their address is their own.</summary>
    public int Unproven { get; private set; }

    /// <summary>Whether further clients must show it before they cost more than memory.</summary>
    public bool IsCrowded => Unproven > _options.MaxUnproven;

    /// <summary>Binds a port for clients.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static KcpEndpoint Listen(
        EventLoop loop,
        IPEndPoint endPoint,
        KcpEndpointOptions options,
        bool sharePort,
        Action<KcpConnection> accepted,
        ILogger logger,
        Func<EventLoop, NetworkAddress, bool>? admits = null) =>
        new(loop, loop.Sockets.Bind(endPoint, options.SocketBufferBytes, sharePort), options, accepted, admits, logger);

    /// <summary>Opens a session to a server, from a port of its own: kcp-go knows a client by its address alone.</summary>
    /// <exception cref="SocketException">There is no route, or no descriptor.</exception>
    public static KcpConnection Dial(EventLoop loop, in NetworkAddress address, KcpEndpointOptions options, ILogger logger)
    {
        DatagramSocket socket = loop.Sockets.ConnectDatagrams(address, options.SocketBufferBytes);
        var endpoint = new KcpEndpoint(loop, socket, options, accepted: null, admits: null, logger);
        return endpoint.Add(address, local: null, (uint)Random.Shared.NextInt64(1, uint.MaxValue));
    }

    /// <summary>Has a connection process what is new at the end of the turn.</summary>
    public void Touch(KcpConnection connection)
    {
        if (!connection.IsTouched)
        {
            connection.IsTouched = true;
            _touched.Add(connection);
            if (_touched.Count == 1)
            {
                _loop.AtTurnEnd(this);
            }
        }
    }

    /// <summary>A client has shown that its address is its own.</summary>
    public void Proven() => Unproven--;

    public void Remove(KcpConnection connection)
    {
        NetworkAddress address = connection.RemoteAddress;
        KcpConnection? left = Unlink(_peers[address], connection);
        if (left is null)
        {
            _peers.Remove(address);
        }
        else
        {
            _peers[address] = left;

            // Of a session that was never proven no parity is read, so what comes after it is the other one's again.
            left.SharesAddress &= connection.Session.IsPeerProven || left.NextOfPeer is not null;
        }

        Connections--;
        Unproven -= connection.Session.IsPeerProven ? 0 : 1;
        CompleteIfDelivered();
        if (_accepted is null)
        {
            Close();
        }
        else
        {
            Tombstones tombstones = connection.Session.IsPeerProven ? _tombstones : _tombstonesOfUnproven;
            tombstones.Add(connection.Peer, connection.WasAborted ? default : connection.Session.Remains, _loop.Now);
        }
    }

    /// <summary>Takes no new sessions from here on, and completes when none is left that was closed and still delivers.</summary>
    public Task DeliverAsync()
    {
        _delivered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Schedule(this, StopMs);
        CompleteIfDelivered();
        return _delivered.Task;
    }

    public void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        foreach (KcpConnection first in _peers.Values.ToArray())
        {
            for (KcpConnection? connection = first; connection is not null; connection = connection.NextOfPeer)
            {
                Lose(connection, SocketError.OperationAborted);
            }
        }

        _batch.Flush();
        _unsent.Clear();
        _loop.Unwatch(_socket.Handle, _token);
        _socket.Close();
        _crypto?.Dispose();
    }

    void IPollTarget.Faulted(Exception fault)
    {
        if (!_closed)
        {
            _loop.RunAgain(this);
        }
    }

    void ITurnEnd.EndTurn()
    {
        // What is touched meanwhile, by a handler that writes to another session, still belongs to this turn.
        for (int i = 0; i < _touched.Count; i++)
        {
            KcpConnection connection = _touched[i];
            (_batch.To, _batch.From) = (connection.RemoteAddress, connection.LocalAddress);
            try
            {
                connection.EndTurn(_output);
            }
#pragma warning disable CA1031 // One session's fault ends that session.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                LoopLog.TargetFaulted(_logger, _loop.Name, nameof(KcpConnection), fault);
                Lose(connection, SocketError.Fault);
            }
        }

        _touched.Clear();
        if (!_closed)
        {
            Flush();
            LoseIfFailed(_socket.Failure);
        }
    }

    void ITimerTarget.TimerDue(int kind) => _delivered?.TrySetResult();

    private void CompleteIfDelivered()
    {
        // Once it is complete, the sessions that end with the port need not be searched each time.
        if (_delivered is { Task.IsCompleted: false } && !_peers.Values.Any(connection => connection.IsDelivering))
        {
            _delivered.TrySetResult();
        }
    }

    /// <summary>Loses the session if its socket failed. Only a socket with one peer says which session a refusal belongs to.</summary>
    private void LoseIfFailed(SocketError error)
    {
        if (error == SocketError.Success || _accepted is not null || _closed)
        {
            return;
        }

        ReceiveLastDatagrams();
        if (_peers.Values.FirstOrDefault() is { } connection)
        {
            Lose(connection, error);
        }
    }

    private void Accept(KcpConnection connection)
    {
        try
        {
            _accepted!(connection);
        }
#pragma warning disable CA1031 // A session without an owner is aborted.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopLog.TargetFaulted(_logger, _loop.Name, nameof(KcpConnection), fault);
            connection.Abort();
        }
    }

    /// <summary>Ends a session, whatever its handler throws.</summary>
    private void Lose(KcpConnection connection, SocketError error)
    {
        try
        {
            connection.Lose(error);
        }
#pragma warning disable CA1031 // One session's fault ends that session.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopLog.TargetFaulted(_logger, _loop.Name, nameof(KcpConnection), fault);
        }
    }

    private KcpConnection Add(in NetworkAddress address, StrongBox<NetworkAddress>? local, uint conv)
    {
        bool isServer = _accepted is not null;
        uint clockOffset = isServer ? unchecked((uint)RandomNumberGenerator.GetInt32(int.MinValue, int.MaxValue)) : 0;
        var session = new KcpSession(conv, _session, _context, clockOffset);
        var connection = new KcpConnection(_loop, this, address, local, session);
        if (_peers.TryGetValue(address, out KcpConnection? first))
        {
            connection.NextOfPeer = first;
            connection.SharesAddress = true;
            first.SharesAddress = true;
        }

        _peers[address] = connection;
        Connections++;
        Unproven += session.IsPeerProven ? 0 : 1;
        return connection;
    }

    /// <summary>Takes one out of the sessions of an address. Returns the first that is left.</summary>
    private static KcpConnection? Unlink(KcpConnection first, KcpConnection connection)
    {
        if (first == connection)
        {
            return connection.NextOfPeer;
        }

        KcpConnection before = first;
        while (before.NextOfPeer != connection)
        {
            before = before.NextOfPeer!;
        }

        before.NextOfPeer = connection.NextOfPeer;
        return first;
    }
}
