using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Kcp;
using Sluice.Kcp.Crypto;
using Sluice.Transport.Loop;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Kcp;

/// <summary>Everything about one UDP port of one loop: receives a batch, feeds its sessions, and at the end of the turn sends a batch.</summary>
/// <remarks>
/// A datagram begins a session only if it can be the first of one, and not after a session of that name ended. One with another
/// conversation's number never ends a live session: it is a session of its own, or nothing.
/// A client whose address changed is a stranger: see docs/decisions/0008-kcp-address-change.md.
/// </remarks>
internal sealed class KcpEndpoint : IPollTarget, ITurnEnd
{
    /// <summary>After so many datagrams of a turn no further batch is received, so that a flood leaves turns to the others.</summary>
    private const int DatagramsPerTurn = 256;

    private readonly EventLoop _loop;
    private readonly DatagramSocket _socket;
    private readonly KcpEndpointOptions _options;
    private readonly KcpContext _context;
    private readonly KcpPacketCrypto? _crypto;
    private readonly SendBatch _batch;
    private readonly IKcpOutput _output;
    private readonly Action<KcpConnection>? _accepted;
    private readonly ILogger _logger;
    private readonly Dictionary<KcpPeer, KcpConnection> _connections = [];
    private readonly Dictionary<NetworkAddress, PeerSessions> _peers = [];
    private readonly Tombstones _tombstones = new();
    private readonly List<KcpConnection> _touched = [];
    private readonly long _token;
    private bool _turnEndAsked;
    private bool _closed;

    private KcpEndpoint(
        EventLoop loop, DatagramSocket socket, KcpEndpointOptions options, KcpContext context, Action<KcpConnection>? accepted, ILogger logger)
    {
        _loop = loop;
        _socket = socket;
        _options = options;
        _context = context;
        _accepted = accepted;
        _logger = logger;
        _batch = new SendBatch(socket);
        _crypto = options.Crypto?.Invoke();
        _output = _crypto is null ? _batch : new SealingOutput(_batch, _crypto);
        _token = loop.Watch(this, socket.Handle, PollEvents.Readable | PollEvents.Broken);
    }

    public IPEndPoint LocalEndPoint => _socket.LocalEndPoint;

    public int Connections => _connections.Count;

    /// <summary>Binds a port for clients.</summary>
    /// <exception cref="SocketException">It cannot be bound.</exception>
    public static KcpEndpoint Listen(
        EventLoop loop,
        IPEndPoint endPoint,
        KcpEndpointOptions options,
        bool sharePort,
        Action<KcpConnection> accepted,
        ILogger logger) =>
        new(loop, loop.Sockets.Bind(endPoint, options.SocketBufferBytes, sharePort), options, loop.Kcp, accepted, logger);

    /// <summary>Opens a session to a server, from a port of its own: kcp-go knows a client by its address alone.</summary>
    /// <exception cref="SocketException">There is no route, or no descriptor.</exception>
    public static KcpConnection Dial(EventLoop loop, in NetworkAddress address, KcpEndpointOptions options, ILogger logger)
    {
        DatagramSocket socket = loop.Sockets.ConnectDatagrams(address, options.SocketBufferBytes);
        var endpoint = new KcpEndpoint(loop, socket, options, loop.Kcp, accepted: null, logger);
        return endpoint.Add(new KcpPeer(address, (uint)Random.Shared.NextInt64(1, uint.MaxValue)));
    }

    /// <summary>Has a connection work off what is new once the turn ends.</summary>
    public void Touch(KcpConnection connection)
    {
        if (!connection.IsTouched)
        {
            connection.IsTouched = true;
            _touched.Add(connection);
            if (!_turnEndAsked)
            {
                _turnEndAsked = true;
                _loop.AtTurnEnd(this);
            }
        }
    }

    public void Remove(KcpConnection connection)
    {
        KcpPeer peer = connection.Peer;
        _connections.Remove(peer);
        PeerSessions sessions = _peers[peer.Address];
        sessions = sessions with { Count = sessions.Count - 1, Only = null };
        if (sessions.Count == 0)
        {
            _peers.Remove(peer.Address);
        }
        else
        {
            _peers[peer.Address] = sessions;
        }

        if (_accepted is null)
        {
            Close();
        }
        else
        {
            _tombstones.Add(peer, _loop.Now);
        }
    }

    public void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        foreach (KcpConnection connection in _connections.Values.ToArray())
        {
            Lose(connection, SocketError.OperationAborted);
        }

        _batch.Flush();
        _loop.Unwatch(_socket.Handle, _token);
        _socket.Close();
        _crypto?.Dispose();
    }

    void IPollTarget.Ready(PollEvents events)
    {
        if ((events & PollEvents.Broken) != 0 && _accepted is null)
        {
            LoseIfFailed(_socket.TakeError());
        }

        ReceiveBatch batch = _loop.Datagrams;
        for (int taken = 0; taken < DatagramsPerTurn && !_closed; taken += batch.Count)
        {
            bool more = _socket.Receive(batch);
            foreach (ReceiveBatch.Datagram datagram in batch)
            {
                Take(datagram.Bytes, datagram.Sender);
            }

            if (!more)
            {
                LoseIfFailed(_socket.Failure);
                return;
            }
        }

        if (!_closed)
        {
            _loop.RunAgain(this);
        }
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
        _turnEndAsked = false;

        // What is touched meanwhile, by a handler that writes to another session, still belongs to this turn.
        for (int i = 0; i < _touched.Count; i++)
        {
            KcpConnection connection = _touched[i];
            _batch.To = connection.RemoteAddress;
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
            _batch.Flush();
            LoseIfFailed(_socket.Failure);
        }
    }

    /// <summary>Only a socket with one peer can say whom a refusal concerns.</summary>
    private void LoseIfFailed(SocketError error)
    {
        if (error != SocketError.Success && _accepted is null && _connections.Values.FirstOrDefault() is { } connection)
        {
            Lose(connection, error);
        }
    }

    private void Take(Span<byte> bytes, in NetworkAddress sender)
    {
        if (_crypto is not null && !_crypto.TryOpen(bytes, out bytes))
        {
            return;
        }

        if (!KcpDatagram.TryRead(bytes, out KcpDatagram datagram))
        {
            return;
        }

        if (datagram.Conv is not { } conv)
        {
            // Parity does not say whose it is; with several sessions of one address it is worth less than a mistake.
            if (_peers.TryGetValue(sender, out PeerSessions sessions))
            {
                sessions.Only?.Input(bytes);
            }

            return;
        }

        var peer = new KcpPeer(sender, conv);
        if (_connections.TryGetValue(peer, out KcpConnection? connection))
        {
            connection.Input(bytes);
        }
        else if (_accepted is not null && datagram.CanOpenSession && MayBegin(peer))
        {
            connection = Add(peer);
            connection.Input(bytes);
            Accept(connection);
        }
    }

    private void Accept(KcpConnection connection)
    {
        try
        {
            _accepted!(connection);
        }
#pragma warning disable CA1031 // A session that nobody took is none.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopLog.TargetFaulted(_logger, _loop.Name, nameof(KcpConnection), fault);
            connection.Abort();
        }
    }

    /// <summary>Ends a session, whatever its handler does when it is told.</summary>
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

    private bool MayBegin(KcpPeer peer) =>
        !_tombstones.Contains(peer, _loop.Now)
        && (!_peers.TryGetValue(peer.Address, out PeerSessions sessions) || sessions.Count < _options.MaxSessionsPerPeer);

    private KcpConnection Add(KcpPeer peer)
    {
        var connection = new KcpConnection(_loop, this, peer.Address, new KcpSession(peer.Conv, _options.Session, _context));
        _connections.Add(peer, connection);
        _peers[peer.Address] = _peers.TryGetValue(peer.Address, out PeerSessions sessions)
            ? new PeerSessions(sessions.Count + 1, null)
            : new PeerSessions(1, connection);
        return connection;
    }

    /// <summary>The sessions of one address: how many, and which where there was never but one.</summary>
    private readonly record struct PeerSessions(int Count, KcpConnection? Only);
}
