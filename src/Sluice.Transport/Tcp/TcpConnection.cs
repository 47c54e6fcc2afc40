using System.Net.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Tcp;

/// <summary>
/// A TCP connection on an event loop. It begins paused: <see cref="Resume"/> starts the reading once the handler is ready.
/// </summary>
public sealed partial class TcpConnection : Connection, IResident
{
    /// <summary>
    /// Receives per turn. With the scratch buffer's size this bounds what one sender gets before the others have their turn.
    /// </summary>
    private const int ReceivesPerTurn = 2;

    private readonly StreamSocket _socket;
    private readonly NetworkAddress _remote;
    private readonly long _token;
    private TcpState _state;
    private SocketError _failure;

    /// <summary>Takes over an accepted socket and begins to watch it.</summary>
    internal TcpConnection(EventLoop loop, StreamSocket socket, in NetworkAddress remote)
        : base(loop, NoHandler.Instance)
    {
        _socket = socket;
        _remote = remote;
        _state = TcpState.Paused;
        _token = loop.Watch(this, socket.Handle, PollEvents.Broken);
    }

    /// <summary>Takes over a socket that is connected now and watched already.</summary>
    /// <param name="loop">The loop that watches it.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="token">Its watch.</param>
    /// <param name="reported">Events that the watch has reported already: an edge is not reported twice, and it may include bytes and a
    /// FIN.</param>
    /// <param name="failure">Why it is broken already, with bytes still to be read; <see cref="SocketError.Success"/> if it is not.</param>
    internal TcpConnection(
        EventLoop loop, StreamSocket socket, in NetworkAddress remote, long token, PollEvents reported, SocketError failure)
        : base(loop, NoHandler.Instance)
    {
        _failure = failure;
        _socket = socket;
        _remote = remote;
        _state = TcpState.Paused | TcpState.MayHaveBytes;
        _state |= (reported & PollEvents.PeerFinished) != 0 ? TcpState.PeerFinishing : TcpState.None;
        _state |= failure == SocketError.Success ? TcpState.None : TcpState.Draining | TcpState.WriteBlocked | TcpState.Muted;
        _token = token;
        loop.ChangeTarget(token, this);
        UpdateInterest();
    }

    /// <inheritdoc/>
    public override NetworkAddress RemoteAddress => _remote;

    /// <inheritdoc/>
    public override NetworkAddress LocalAddress => IsClosed ? default : _socket.LocalAddress;

    /// <inheritdoc/>
    public override ConnectionTraits Traits => new() { CanHalfClose = true };

    /// <inheritdoc/>
    internal override SendProgress SendProgress => IsClosed ? default : _socket.SendProgress;

    /// <inheritdoc/>
    public override bool IsClosed => Has(TcpState.Closed);

    /// <summary>Begins to connect to an address, on the loop whose thread this is.</summary>
    /// <param name="loop">The loop that will own the connection.</param>
    /// <param name="address">The address to connect to.</param>
    /// <param name="timeoutMs">Milliseconds until the attempt times out.</param>
    /// <param name="cancellation">Cancels the attempt.</param>
    /// <returns>The connection, paused; or the error, <see cref="SocketError.TimedOut"/> and <see cref="SocketError.OperationAborted"/>
    /// included.</returns>
    public static ValueTask<TcpConnectResult> ConnectAsync(
        EventLoop loop, in NetworkAddress address, long timeoutMs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return new TcpConnectAttempt(loop, address).Start(timeoutMs, cancellation);
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (Has(TcpState.Closed | TcpState.WriteBlocked | TcpState.WriteFinished) || data.IsEmpty)
        {
            return 0;
        }

        return Sent(_socket.Send(data), data.Length);
    }

    /// <inheritdoc/>
    public override int WriteParts(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        if (Has(TcpState.Closed | TcpState.WriteBlocked | TcpState.WriteFinished) || parts.IsEmpty)
        {
            return 0;
        }

        int offered = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            offered += part.Length;
        }

        return Sent(_socket.Send(parts), offered);
    }

    /// <inheritdoc/>
    public override void FinishWriting()
    {
        if (!Has(TcpState.Closed | TcpState.WriteFinished))
        {
            _state |= TcpState.WriteFinished;
            _socket.FinishSending();
        }
    }

    /// <inheritdoc/>
    public override void Pause()
    {
        if (!Has(TcpState.Paused))
        {
            _state |= Has(TcpState.Draining) ? TcpState.Paused | TcpState.Muted : TcpState.Paused;
            UpdateInterest();
            LookForBreak();
        }
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (!Has(TcpState.Paused) || Has(TcpState.Closed))
        {
            return;
        }

        _state &= ~(TcpState.Paused | TcpState.Muted);
        UpdateInterest();
        if (Has(TcpState.MayHaveBytes))
        {
            Loop.RunAgain(this);
        }
    }

    /// <inheritdoc/>
    public override void Close() => Close(abort: false);

    /// <inheritdoc/>
    public override void Abort() => Close(abort: true);

    /// <inheritdoc/>
    public override void End(ConnectionEnd cause)
    {
        if (cause == ConnectionEnd.PeerLost && !IsClosed && _failure == SocketError.Success)
        {
            DelayedReset.Begin(this);
        }
        else
        {
            base.End(cause);
        }
    }

    bool IResident.HasUnsent => Has(TcpState.WriteBlocked);

    void IResident.LoopEnds()
    {
        if (!IsClosed)
        {
            IConnectionHandler handler = Handler;
            // A stream that lacks its last bytes must not look complete.
            Close(abort: Has(TcpState.WriteBlocked));
            handler.Lost(SocketError.OperationAborted);
        }
    }

    void IPollTarget.Ready(PollEvents events)
    {
        if (Has(TcpState.Closed))
        {
            return;
        }

        if ((events & (PollEvents.Readable | PollEvents.PeerFinished | PollEvents.Broken | PollEvents.Urgent)) != 0)
        {
            _state |= (events & PollEvents.Urgent) != 0 ? TcpState.MayHaveBytes | TcpState.Urgent : TcpState.MayHaveBytes;
            if ((events & PollEvents.PeerFinished) != 0)
            {
                _state |= TcpState.PeerFinishing;
            }

            if ((events & PollEvents.Broken) != 0)
            {
                _state |= TcpState.Breaking;
            }
        }

        if (Has(TcpState.Breaking) && _failure == SocketError.Success)
        {
            TakeFailure();
        }

        if (_failure != SocketError.Success)
        {
            if (!TryDrain())
            {
                Lose(_failure);
                return;
            }
        }
        else if ((events & PollEvents.Writable) != 0 && Has(TcpState.WriteBlocked))
        {
            _state &= ~TcpState.WriteBlocked;
            UpdateInterest();
            Handler.Writable();
        }

        if ((_state & (TcpState.MayHaveBytes | TcpState.Paused | TcpState.ReadFinished | TcpState.Closed)) == TcpState.MayHaveBytes)
        {
            Read();
        }
    }

    private void Read()
    {
        if (!Has(TcpState.Urgent) && Handler is IReadableHandler { TakesBytes: true } readable)
        {
            readable.Readable();
            return;
        }

        Span<byte> scratch = Loop.Scratch.AsSpan(EventLoop.HeaderRoom);
        for (int i = 0; i < ReceivesPerTurn; i++)
        {
            int count = _socket.Receive(scratch);
            if (count > 0)
            {
                // A short receive has emptied the socket, and what comes later is a new edge; only a FIN that was reported already is not.
                bool emptied = count < scratch.Length && !Has(TcpState.PeerFinishing | TcpState.Draining | TcpState.Urgent);
                if (emptied)
                {
                    _state &= ~TcpState.MayHaveBytes;
                }

                Handler.Received(scratch[..count]);
                if (emptied || Has(TcpState.Paused | TcpState.Closed))
                {
                    return;
                }
            }
            else if (IsDrained(count))
            {
                return;
            }
            else if (count == 0)
            {
                ReadingFinished();
                Handler.Finished();
                return;
            }
            else if (count == StreamSocket.WouldBlock)
            {
                _state &= ~TcpState.MayHaveBytes;
                return;
            }
            else
            {
                Lose(_socket.LastError);
                return;
            }
        }

        Loop.RunAgain(this);
    }

    private void ReadingFinished()
    {
        _state = (_state | TcpState.ReadFinished) & ~TcpState.MayHaveBytes;
        UpdateInterest();
        LookForBreak();
    }

    private int Sent(int count, int offered)
    {
        if (count == offered)
        {
            return count;
        }

        if (count == StreamSocket.Failed)
        {
            FailLater(_socket.LastError);
            return 0;
        }

        _state |= TcpState.WriteBlocked;
        UpdateInterest();
        return Math.Max(0, count);
    }

    private void Close(bool abort)
    {
        if (!Has(TcpState.Closed))
        {
            _state |= TcpState.Closed;
            Loop.Unwatch(_socket.Handle, _token);
            _socket.Close(abort);
        }
    }

    private void UpdateInterest()
    {
        if (!Has(TcpState.Closed))
        {
            Loop.ChangeWatch(
                _socket.Handle,
                _token,
                Has(TcpState.Muted)
                    ? PollEvents.None
                    : PollEvents.Broken
                        | (Has(TcpState.Paused | TcpState.ReadFinished) ? 0 : PollEvents.Readable)
                        | (Has(TcpState.WriteBlocked) ? PollEvents.Writable : 0));
        }
    }

    private bool Has(TcpState any) => (_state & any) != 0;
}
