using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sluice.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Kcp;

/// <content>Received datagrams.</content>
internal sealed partial class KcpEndpoint
{
    /// <summary>Datagrams of a turn after which no further batch is received, so that a flood leaves turns to others.</summary>
    private const int DatagramsPerTurn = 256;

    /// <summary>Most datagrams that are taken from a socket that failed. More than the largest buffer of a dialled session holds.</summary>
    private const int MaxLastDatagrams = 4096;

    /// <summary>
    /// A datagram of this many bytes is part of bulk, and more of it follows at once. Messages of games are shorter, and wait only if
    /// thousands of them come each second.
    /// </summary>
    private const int BulkBytes = 1000;

    /// <summary>Datagrams taken in a turn that are worth passing on without waiting for more.</summary>
    private const int EnoughDatagrams = 64;

    void IPollTarget.Ready(PollEvents events)
    {
        if ((events & PollEvents.Broken) != 0 && _accepted is null)
        {
            LoseIfFailed(_socket.TakeError());
        }

        if ((events & PollEvents.Writable) != 0 && !_closed)
        {
            SendKept();
        }

        ReceiveBatch batch = _received;
        bool bulk = false;
        for (int taken = 0; taken < DatagramsPerTurn && !_closed; taken += batch.Count)
        {
            bool more = _socket.Receive(batch);
            int messages = 0;
            foreach (ReceiveBatch.Datagram datagram in batch)
            {
                if (Take(datagram.Bytes, datagram.Sender, datagram.Local))
                {
                    bool isBulk = datagram.Bytes.Length >= BulkBytes;
                    bulk |= isBulk;
                    messages += isBulk ? 0 : 1;
                }
            }

            _arrivals.Add(messages, _loop.Now);
            if (!more && !((bulk || _arrivals.AreMany) && GathersMore(taken + batch.Count)))
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

    /// <summary>
    /// Takes what the peer sent before its port was closed: a refused send reports the failure before those datagrams are read. Bounded, in
    /// case the peer listens again and goes on sending.
    /// </summary>
    private void ReceiveLastDatagrams()
    {
        ReceiveBatch batch = _received;
        int taken = 0;
        do
        {
            _ = _socket.Receive(batch);
            foreach (ReceiveBatch.Datagram datagram in batch)
            {
                Take(datagram.Bytes, datagram.Sender, datagram.Local);
            }

            taken += batch.Count;
        }
        while (batch.Count > 0 && taken < MaxLastDatagrams);
    }

    private bool GathersMore(int taken) =>
        _gathers && taken < EnoughDatagrams && _socket.Failure == SocketError.Success && _loop.TryGather();

    /// <summary>Returns true if it belongs to an existing session: other datagrams must not make the loop wait.</summary>
    private bool Take(Span<byte> bytes, in NetworkAddress sender, in NetworkAddress local)
    {
        if (_crypto is not null && !_crypto.TryOpen(bytes, out bytes))
        {
            return false;
        }

        if (!KcpDatagram.TryRead(bytes, out KcpDatagram datagram))
        {
            return false;
        }

        _peers.TryGetValue(sender, out KcpConnection? first);
        if (datagram.Conv is not { } conv)
        {
            // Parity does not say whose it is; with several sessions of one address it is worth less than a mistake.
            if (first is not { SharesAddress: false })
            {
                return false;
            }

            first.Input(bytes);
            return true;
        }

        int sessions = 0;
        for (KcpConnection? connection = first; connection is not null; connection = connection.NextOfPeer)
        {
            if (connection.Session.Conv == conv)
            {
                connection.Input(bytes);
                return true;
            }

            sessions++;
        }

        if (_accepted is not null && !IsFinished(new KcpPeer(sender, conv), local, bytes)
            && _delivered is null && datagram.CanOpenSession && sessions < _options.MaxSessionsPerPeer
            && _admits?.Invoke(_loop, sender) != false)
        {
            KcpConnection connection = Add(sender, Shared(local), conv);
            connection.Input(bytes);
            Accept(connection);
        }

        return false;
    }

    /// <summary>The address that a client used, with the port; most use the same one, so sessions share it.</summary>
    private StrongBox<NetworkAddress>? Shared(in NetworkAddress local)
    {
        if (local == default)
        {
            return null;
        }

        NetworkAddress address = local.WithPort((ushort)LocalEndPoint.Port);
        return _lastLocal?.Value == address ? _lastLocal : _lastLocal = new StrongBox<NetworkAddress>(address);
    }

    private bool IsFinished(KcpPeer peer, in NetworkAddress local, ReadOnlySpan<byte> datagram)
    {
        if (_tombstones.TryGet(peer, _loop.Now, out KcpRemains remains))
        {
            (_batch.To, _batch.From) = (peer.Address, local);
            if (remains.Answer(datagram, _session, _context, _output))
            {
                // At once: until the end of the turn another port of this thread may use the room that they share.
                Flush();
            }

            return true;
        }

        return _tombstonesOfUnproven.TryGet(peer, _loop.Now, out _);
    }
}
