using System.Net.Sockets;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tcp;

/// <summary>A TCP connection on an event loop. It begins paused: <see cref="Resume"/> starts the reading once the handler is ready.</summary>
public sealed class TcpConnection : Connection, IPollTarget
{
    /// <summary>Receives per turn. With the scratch buffer's size this bounds what one sender gets before the others have their turn.</summary>
    private const int ReceivesPerTurn = 4;

    private readonly StreamSocket _socket;
    private readonly NetworkAddress _remote;
    private readonly long _token;
    private State _state;
    private SocketError _failure;

    /// <summary>Takes over an accepted socket and begins to watch it.</summary>
    internal TcpConnection(EventLoop loop, StreamSocket socket, in NetworkAddress remote)
        : base(loop, NoHandler.Instance)
    {
        _socket = socket;
        _remote = remote;
        _state = State.Paused;
        _token = loop.Watch(this, socket.Handle, PollEvents.Broken);
    }

    /// <summary>Takes over a socket that is connected now and watched already.</summary>
    /// <param name="loop">The loop that watches it.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="token">Its watch.</param>
    /// <param name="told">What the watch has told already: an edge is not told twice, and it may include bytes and a FIN.</param>
    internal TcpConnection(EventLoop loop, StreamSocket socket, in NetworkAddress remote, long token, PollEvents told)
        : base(loop, NoHandler.Instance)
    {
        _socket = socket;
        _remote = remote;
        _state = State.Paused | State.MayHaveBytes | ((told & PollEvents.PeerFinished) != 0 ? State.PeerFinishing : State.None);
        _token = token;
        loop.ChangeTarget(token, this);
        UpdateInterest();
    }

    [Flags]
    private enum State : ushort
    {
        None = 0,
        Paused = 1,

        /// <summary>An edge was told that is not worked off: a receive may find something.</summary>
        MayHaveBytes = 2,

        /// <summary>The peer has sent FIN; its last bytes may still wait to be received.</summary>
        PeerFinishing = 4,

        /// <summary>The FIN was received and told.</summary>
        ReadFinished = 8,
        WriteBlocked = 16,
        AgainRequested = 32,
        Closed = 64,

        /// <summary>Both directions are over or broken: a level-triggered poller would tell it for ever.</summary>
        Muted = 128,

        WriteFinished = 256,

        /// <summary>A break was told while reading went on: it is looked for once reading stops, since an edge is not told twice.</summary>
        Breaking = 512,
    }

    /// <inheritdoc/>
    public override NetworkAddress RemoteAddress => _remote;

    /// <inheritdoc/>
    public override bool IsClosed => Has(State.Closed);

    /// <summary>Begins to connect to an address, on the loop whose thread this is.</summary>
    /// <param name="loop">The loop that will own the connection.</param>
    /// <param name="address">Where to.</param>
    /// <param name="timeoutMs">Milliseconds until the attempt is given up.</param>
    /// <param name="cancellation">Gives it up earlier.</param>
    /// <returns>The connection, paused; or the error, <see cref="SocketError.TimedOut"/> and <see cref="SocketError.OperationAborted"/> included.</returns>
    public static ValueTask<TcpConnectResult> ConnectAsync(
        EventLoop loop, in NetworkAddress address, long timeoutMs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return new TcpConnectAttempt(loop, address).Start(timeoutMs, cancellation);
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (Has(State.Closed | State.WriteBlocked | State.WriteFinished) || data.IsEmpty)
        {
            return 0;
        }

        return Sent(_socket.Send(data), data.Length);
    }

    /// <summary>Sends bytes that wait in a pipe, without copying them; what was not taken stays there. Linux only.</summary>
    /// <param name="pipe">Holds the bytes.</param>
    /// <param name="count">How many were taken, as with <see cref="Write"/>.</param>
    /// <returns>False where the kernel cannot splice into this socket; nothing was taken then.</returns>
    public bool TryWrite(SplicePipe pipe, out int count)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        count = 0;
        if (Has(State.Closed | State.WriteBlocked | State.WriteFinished) || pipe.Count == 0)
        {
            return true;
        }

        int offered = pipe.Count;
        int sent = pipe.DrainTo(_socket);
        if (sent == SplicePipe.Unsupported)
        {
            return false;
        }

        count = Sent(sent, offered);
        return true;
    }

    /// <summary>Moves waiting bytes into an empty pipe without copying them. For an <see cref="IReadableHandler"/>; Linux only.</summary>
    /// <returns><see cref="TransferStatus.Moved"/> until the connection is found empty.</returns>
    public TransferStatus ReceiveInto(SplicePipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        if (Has(State.Closed | State.ReadFinished))
        {
            return TransferStatus.WouldBlock;
        }

        int count = pipe.FillFrom(_socket);
        if (count > 0)
        {
            return TransferStatus.Moved;
        }

        switch (count)
        {
            case 0:
                ReadingFinished();
                return TransferStatus.Finished;
            case StreamSocket.WouldBlock:
                _state &= ~State.MayHaveBytes;
                return TransferStatus.WouldBlock;
            case SplicePipe.Unsupported:
                return TransferStatus.Unsupported;
            default:
                FailLater(_socket.LastError);
                return TransferStatus.WouldBlock;
        }
    }

    /// <summary>Has the handler told again in the next turn, after others had theirs. For an <see cref="IReadableHandler"/> that leaves bytes.</summary>
    public void ReadAgain()
    {
        _state |= State.MayHaveBytes;
        RequestAgain();
    }

    /// <inheritdoc/>
    public override void FinishWriting()
    {
        if (!Has(State.Closed | State.WriteFinished))
        {
            _state |= State.WriteFinished;
            _socket.FinishSending();
        }
    }

    /// <inheritdoc/>
    public override void Pause()
    {
        if (!Has(State.Paused))
        {
            _state |= State.Paused;
            UpdateInterest();
            LookForBreak();
        }
    }

    /// <inheritdoc/>
    public override void Resume()
    {
        if (!Has(State.Paused) || Has(State.Closed))
        {
            return;
        }

        _state &= ~(State.Paused | State.Muted);
        UpdateInterest();
        if (Has(State.MayHaveBytes))
        {
            RequestAgain();
        }
    }

    /// <inheritdoc/>
    public override void Close() => Close(abort: false);

    /// <inheritdoc/>
    public override void Abort() => Close(abort: true);

    void IPollTarget.Ready(PollEvents events)
    {
        if (events == PollEvents.None)
        {
            _state &= ~State.AgainRequested;
        }

        if (Has(State.Closed))
        {
            return;
        }

        if (_failure != SocketError.Success)
        {
            Lose(_failure);
            return;
        }

        if ((events & (PollEvents.Readable | PollEvents.PeerFinished | PollEvents.Broken)) != 0)
        {
            _state |= State.MayHaveBytes;
            if ((events & PollEvents.PeerFinished) != 0)
            {
                _state |= State.PeerFinishing;
            }

            if ((events & PollEvents.Broken) != 0)
            {
                _state |= State.Breaking;
            }
        }

        if (Has(State.Breaking) && !SurvivesBreak())
        {
            return;
        }

        if ((events & PollEvents.Writable) != 0 && Has(State.WriteBlocked))
        {
            _state &= ~State.WriteBlocked;
            UpdateInterest();
            Handler.Writable();
        }

        if ((_state & (State.MayHaveBytes | State.Paused | State.ReadFinished | State.Closed)) == State.MayHaveBytes)
        {
            Read();
        }
    }

    void IPollTarget.Faulted(Exception fault)
    {
        if (!IsClosed)
        {
            IConnectionHandler handler = Handler;
            Abort();
            try
            {
                handler.Lost(SocketError.Fault);
            }
#pragma warning disable CA1031 // The handler is the one that failed just now; its first fault is logged already.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private void Read()
    {
        if (Handler is IReadableHandler { TakesBytes: true } readable)
        {
            readable.Readable();
            return;
        }

        byte[] scratch = Loop.Scratch;
        for (int i = 0; i < ReceivesPerTurn; i++)
        {
            int count = _socket.Receive(scratch);
            if (count > 0)
            {
                // A short receive has emptied the socket, and what comes later is a new edge; only a FIN that was told already is not.
                bool emptied = count < scratch.Length && !Has(State.PeerFinishing);
                if (emptied)
                {
                    _state &= ~State.MayHaveBytes;
                }

                Handler.Received(scratch.AsSpan(0, count));
                if (emptied || Has(State.Paused | State.Closed))
                {
                    return;
                }
            }
            else if (count == 0)
            {
                ReadingFinished();
                Handler.Finished();
                return;
            }
            else if (count == StreamSocket.WouldBlock)
            {
                _state &= ~State.MayHaveBytes;
                return;
            }
            else
            {
                Lose(_socket.LastError);
                return;
            }
        }

        RequestAgain();
    }

    /// <summary>Both directions are over, or the socket failed. Where nobody would find that out by reading, it is told here.</summary>
    private bool SurvivesBreak()
    {
        if (!Has(State.Paused | State.ReadFinished))
        {
            return true;
        }

        SocketError error = _socket.TakeError();
        if (error != SocketError.Success)
        {
            Lose(error);
            return false;
        }

        _state = (_state | State.Muted) & ~State.Breaking;
        UpdateInterest();
        return true;
    }

    private void ReadingFinished()
    {
        _state = (_state | State.ReadFinished) & ~State.MayHaveBytes;
        UpdateInterest();
        LookForBreak();
    }

    private void LookForBreak()
    {
        if (Has(State.Breaking))
        {
            RequestAgain();
        }
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

        _state |= State.WriteBlocked;
        UpdateInterest();
        return Math.Max(0, count);
    }

    /// <summary>Keeps a failure for the next turn: whoever writes is in the middle of something and is not told of the end from below.</summary>
    private void FailLater(SocketError error)
    {
        _failure = error;
        _state |= State.WriteBlocked;
        RequestAgain();
    }

    private void RequestAgain()
    {
        if (!Has(State.AgainRequested))
        {
            _state |= State.AgainRequested;
            Loop.RunAgain(this);
        }
    }

    private void Lose(SocketError error)
    {
        IConnectionHandler handler = Handler;
        Close(abort: false);
        handler.Lost(error);
    }

    private void Close(bool abort)
    {
        if (!Has(State.Closed))
        {
            _state |= State.Closed;
            Loop.Unwatch(_socket.Handle, _token);
            _socket.Close(abort);
        }
    }

    private void UpdateInterest()
    {
        if (!Has(State.Closed))
        {
            Loop.ChangeWatch(
                _socket.Handle,
                _token,
                Has(State.Muted)
                    ? PollEvents.None
                    : PollEvents.Broken
                        | (Has(State.Paused | State.ReadFinished) ? 0 : PollEvents.Readable)
                        | (Has(State.WriteBlocked) ? PollEvents.Writable : 0));
        }
    }

    private bool Has(State any) => (_state & any) != 0;

    /// <summary>Stands in until the owner has set its handler; a connection is paused until then, so only a loss can be told.</summary>
    private sealed class NoHandler : IConnectionHandler
    {
        public static readonly NoHandler Instance = new();

        public void Received(ReadOnlySpan<byte> data)
        {
        }

        public void Writable()
        {
        }

        public void Finished()
        {
        }

        public void Lost(SocketError error)
        {
        }
    }
}
