using System.Net.Sockets;
using Sluice.Transport;

namespace Sluice.Gateway.Relaying;

/// <summary>
/// One of the two ends of a relay: what its connection receives goes to the peer; what the peer receives, its connection takes.
/// </summary>
/// <remarks>
/// It owns at most one buffer, for what its connection did not take at once, and only until it did. Meanwhile the peer is not read.
/// </remarks>
internal class RelayEnd(Relay relay, Connection connection) : IGatheringHandler
{
    private byte[]? _leftover;
    private int _leftoverStart;
    private int _leftoverEnd;
    private bool _received;
    private bool _finished;

    public Connection Connection => connection;

    public RelayEnd Peer { get; set; } = null!;

    /// <summary>Payload bytes that this connection has taken.</summary>
    public long BytesTaken { get; protected set; }

    /// <summary>Whether this connection has been finished for writing.</summary>
    public bool IsFinished => _finished;

    protected Relay Relay => relay;

    /// <summary>Whether bytes wait for this connection.</summary>
    public virtual bool HasWaiting => _leftover is not null;

    /// <summary>Writes bytes of the peer, and keeps the rest. Returns false if the peer must not be read until the rest is gone.</summary>
    public bool Take(ReadOnlySpan<byte> data)
    {
        int taken = connection.Write(data);
        BytesTaken += taken;
        Keep(data[taken..]);
        return MayReadOn(all: taken == data.Length);
    }

    /// <summary>The same for bytes of several buffers.</summary>
    public bool Take(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        int taken = connection.WriteParts(parts);
        BytesTaken += taken;
        bool all = true;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            int here = Math.Min(taken, part.Length);
            taken -= here;
            all &= here == part.Length;
            Keep(part.Span[here..]);
        }

        return MayReadOn(all);
    }

    /// <summary>The peer received FIN: it goes on once everything before it is written.</summary>
    public void FinishWhenWritten()
    {
        if (!HasWaiting && Peer._received && !_finished)
        {
            _finished = true;
            if ((_received && Peer._finished) || Peer.Connection.IsClosed)
            {
                // Both are done now, and closing sends the FIN. The same if the peer's protocol has no half-close.
                relay.Complete();
            }
            else
            {
                connection.FinishWriting();
            }
        }
    }

    /// <summary>Closes the connection and gives back what is rented.</summary>
    public virtual void End(ConnectionEnd cause)
    {
        bool lacksBytes = HasWaiting;
        ReturnLeftover();
        if (cause == ConnectionEnd.PeerLost && lacksBytes)
        {
            connection.Abort();
            return;
        }

        if (cause == ConnectionEnd.PeerLost && Peer._received && !_finished)
        {
            // The peer had finished before it was lost, so what was written here is complete.
            connection.FinishWriting();
        }

        if (cause == ConnectionEnd.Finished && !_received && !connection.IsClosed)
        {
            // It may still send: a close that finds bytes unread would reset it, and what was written last would not arrive.
            LingeringClose.Begin(connection);
        }
        else
        {
            connection.End(cause);
        }
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        relay.Touch();
        if (!Peer.Take(data))
        {
            connection.Pause();
        }
    }

    void IGatheringHandler.Received(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        relay.Touch();
        if (!Peer.Take(parts))
        {
            connection.Pause();
        }
    }

    void IConnectionHandler.Writable()
    {
        relay.Touch();
        if (TryWriteWaiting() && !relay.EndIfPeerIsGone(this))
        {
            FinishWhenWritten();
            if (!Peer._received)
            {
                Peer.Connection.Resume();
            }
        }
    }

    void IConnectionHandler.Finished()
    {
        if (!relay.AwaitsAnswer(this))
        {
            ReceivedFinish();
        }
    }

    bool IConnectionHandler.Breaking(SocketError error) => relay.Breaking(this);

    // Bytes that cannot be sent here are the peer's fault.
    void IConnectionHandler.Lost(SocketError error) => relay.Lost(error == SocketError.MessageSize ? Peer : this);

    /// <summary>This end sends nothing more.</summary>
    public void ReceivedFinish()
    {
        relay.Touch();
        _received = true;
        Peer.FinishWhenWritten();
    }

    /// <summary>Writes the waiting bytes. Returns true if none are left.</summary>
    protected virtual bool TryWriteWaiting()
    {
        if (_leftover is not null)
        {
            int taken = connection.Write(_leftover.AsSpan(_leftoverStart, _leftoverEnd - _leftoverStart));
            BytesTaken += taken;
            _leftoverStart += taken;
            if (_leftoverStart < _leftoverEnd)
            {
                return false;
            }

            ReturnLeftover();
        }

        return true;
    }

    /// <summary>Keeps bytes that were not taken, unless the connection is closed.</summary>
    private void Keep(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || connection.IsClosed)
        {
            return;
        }

        if (_leftover is null)
        {
            _leftover = connection.Loop.Buffers.Rent();
            _leftoverStart = 0;
            _leftoverEnd = 0;
        }

        data.CopyTo(_leftover.AsSpan(_leftoverEnd));
        _leftoverEnd += data.Length;
    }

    private bool MayReadOn(bool all) => all ? !connection.HoldsBytes : _leftover is null;

    private void ReturnLeftover()
    {
        if (_leftover is not null)
        {
            connection.Loop.Buffers.Return(_leftover);
            _leftover = null;
        }
    }
}
