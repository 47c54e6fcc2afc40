using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Kcp;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Kcp;

/// <summary>A KCP session as a <see cref="Connection"/>.</summary>
/// <remarks>
/// KCP has no FIN and no reset on the wire. <see cref="FinishWriting"/> waits until everything written has arrived, and then counts as the
/// end of both directions, since the other side cannot be told: the handler is told <see cref="IConnectionHandler.Finished"/>.
/// </remarks>
public sealed class KcpConnection : Connection, ITimerTarget
{
    /// <summary>How long a closed connection goes on delivering what was written.</summary>
    private const int LingerMs = 10_000;

    /// <summary>
    /// The same for a peer that has not proven that it receives anything (<see cref="KcpSession.IsPeerProven"/>): its address may be forged, and
    /// each transmission goes to somebody who asked for nothing.
    /// </summary>
    private const int UnprovenLingerMs = 2_000;

    /// <summary>How long a peer has to prove itself after it was first sent something. Whatever else it sends meanwhile gains it nothing.</summary>
    private const int ProofMs = 5_000;

    private const int UpdateTimer = 0;
    private const int LingerTimer = 1;
    private const int ProofTimer = 2;

    private readonly KcpEndpoint _endpoint;
    private readonly KcpSession _session;
    private readonly NetworkAddress _remote;
    private readonly StrongBox<NetworkAddress>? _local;
    private TimerId _update;
    private TimerId _linger;
    private long _lastHeard;
    private long _updateAt = KcpSession.Never;
    private bool _paused = true;
    private bool _writeBlocked;
    private bool _finishing;
    private bool _finished;
    private bool _closed;
    private bool _ended;
    private bool _delivering;
    private bool _answered;
    private bool _wasHeard;
    private SocketError _loss;
    private TaskCompletionSource<bool>? _proof;

    internal KcpConnection(EventLoop loop, KcpEndpoint endpoint, in NetworkAddress remote, StrongBox<NetworkAddress>? local, KcpSession session)
        : base(loop, NoHandler.Instance)
    {
        _endpoint = endpoint;
        _remote = remote;
        _local = local;
        _session = session;
        _lastHeard = loop.Now;
    }

    /// <inheritdoc/>
    public override NetworkAddress RemoteAddress => _remote;

    /// <inheritdoc/>
    public override NetworkAddress LocalAddress => _local?.Value ?? default;

    /// <inheritdoc/>
    public override bool IsClosed => _closed;

    /// <inheritdoc/>
    public override ConnectionTraits Traits => new() { DeliversAfterClose = true, OpensUnanswered = true };

    /// <inheritdoc/>
    public override ConnectionActivity Activity => new() { LastHeard = _lastHeard, WasHeard = _wasHeard };

    /// <summary>The protocol's state, for what it says of windows, round trips and FEC.</summary>
    public KcpSession Session => _session;

    internal KcpPeer Peer => new(_remote, _session.Conv);

    /// <summary>The next session of the same address, in its endpoint's list.</summary>
    internal KcpConnection? NextOfPeer { get; set; }

    /// <summary>True once another session of the same address was there.</summary>
    internal bool SharesAddress { get; set; }

    /// <summary>True where it did not end in order: nothing is acknowledged any more then.</summary>
    internal bool WasAborted { get; private set; }

    /// <summary>True where it was closed and still delivers, it or another session of its address.</summary>
    internal bool IsDelivering => _closed || NextOfPeer is { IsDelivering: true };

    /// <summary>True while it stands in its endpoint's list for the end of the turn.</summary>
    internal bool IsTouched { get; set; }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (_closed || _writeBlocked || _finishing)
        {
            return 0;
        }

        ExpectProof();
        int taken = _session.Send(data);
        _writeBlocked = taken < data.Length;
        _endpoint.Touch(this);
        return taken;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> ProveAsync(CancellationToken cancellation)
    {
        if (_closed || _session.IsPeerProven || !_endpoint.IsCrowded)
        {
            return new(!_closed);
        }

        _proof ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _session.ChallengePeer(Loop.Now);
        ExpectProof();
        _endpoint.Touch(this);
        return new(_proof.Task.WaitAsync(cancellation));
    }

    /// <inheritdoc/>
    public override void FinishWriting()
    {
        if (!_finishing)
        {
            _finishing = true;
            _endpoint.Touch(this);
        }
    }

    /// <inheritdoc/>
    public override void Pause() => _paused = true;

    /// <inheritdoc/>
    public override void Resume()
    {
        if (_paused)
        {
            _paused = false;
            _endpoint.Touch(this);
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        if (_session.IsDead)
        {
            End();
        }
        else
        {
            Loop.Cancel(_linger);
            _linger = Loop.Schedule(this, _session.IsPeerProven ? LingerMs : UnprovenLingerMs, LingerTimer);
            _endpoint.Touch(this);
        }
    }

    /// <inheritdoc/>
    public override void End(ConnectionEnd cause)
    {
        if (cause == ConnectionEnd.PeerLost)
        {
            // No reset can be passed on, and what was taken from the one that is lost is still worth delivering.
            Close();
        }
        else
        {
            base.End(cause);
        }
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        WasAborted |= !_closed;
        _closed = true;
        End();
    }

    void ITimerTarget.TimerDue(int kind)
    {
        switch (kind)
        {
            case LingerTimer:
                End();
                break;
            case ProofTimer:
                if (!_session.IsPeerProven)
                {
                    Lose(SocketError.TimedOut);
                }

                break;
            default:
                _updateAt = KcpSession.Never;
                _endpoint.Touch(this);
                break;
        }
    }

    /// <summary>Takes a datagram of this peer.</summary>
    internal void Input(ReadOnlySpan<byte> datagram)
    {
        bool wasProven = _session.IsPeerProven;
        if (_session.Input(datagram, Loop.Now) == KcpInputResult.Accepted)
        {
            _wasHeard = true;
            _lastHeard = Loop.Now;
        }

        if (_session.IsPeerProven && !wasProven)
        {
            _endpoint.Proven();
            _proof?.TrySetResult(true);
        }

        _endpoint.Touch(this);
    }

    /// <summary>The socket's own failure, where it belongs to this connection alone.</summary>
    internal void Lose(SocketError error)
    {
        if (_closed)
        {
            End();
            return;
        }

        bool isOurs = error is SocketError.OperationAborted or SocketError.Fault;
        if (!isOurs && _session.HasReadable && Handler.Breaking(error))
        {
            if (_loss == SocketError.Success)
            {
                _loss = error;
                _endpoint.Touch(this);
            }

            return;
        }

        IConnectionHandler handler = Handler;
        Abort();
        handler.Lost(error);
    }

    /// <summary>Everything of a turn: bytes to the handler, room for more, and what the protocol has to send.</summary>
    internal void EndTurn(IKcpOutput output)
    {
        IsTouched = false;
        Deliver();
        if (_ended)
        {
            return;
        }

        if (_loss != SocketError.Success)
        {
            Lose(_loss);
            return;
        }

        if (_session.IsDead)
        {
            Lose(SocketError.TimedOut);
            return;
        }

        if (_writeBlocked && !_closed && _session.SendRoom > 0)
        {
            _writeBlocked = false;
            Handler.Writable();
        }

        if (_ended)
        {
            return;
        }

        _session.Update(Loop.Now, output);
        if (_session.IsDead)
        {
            // Only an update finds that out, and a dead session asks for no further one.
            Lose(SocketError.TimedOut);
            return;
        }

        FinishWhenDrained(output);
        if (!_ended)
        {
            ScheduleUpdate();
        }
    }

    /// <summary>From the first thing that is sent to it on, a peer that is not proven has <see cref="ProofMs"/> for it.</summary>
    private void ExpectProof()
    {
        if (!_answered)
        {
            _answered = true;
            if (!_session.IsPeerProven)
            {
                _linger = Loop.Schedule(this, ProofMs, ProofTimer);
            }
        }
    }

    /// <summary>Hands on what is in order, straight from the segments' own buffers.</summary>
    private void Deliver()
    {
        while (!_paused && !_closed && _session.HasReadable)
        {
            int count;
            _delivering = true;
            try
            {
                count = Handler is IGatheringHandler handler && _session.ReadableSegments > 1 ? DeliverTo(handler) : DeliverTo(Handler);
            }
            finally
            {
                _delivering = false;
                if (_ended)
                {
                    _session.Dispose();
                }
            }

            if (!_ended)
            {
                _session.Consume(count);
            }
        }
    }

    private int DeliverTo(IConnectionHandler handler)
    {
        // The segment is dropped after this, so the handler may change its bytes.
        _session.TryPeek(out ReadOnlyMemory<byte> bytes);
        handler.Received(MemoryMarshal.AsMemory(bytes).Span);
        return bytes.Length;
    }

    private int DeliverTo(IGatheringHandler handler)
    {
        Parts parts = default;
        ReadOnlySpan<ReadOnlyMemory<byte>> filled = parts[.._session.Peek(parts)];
        int fitting = 0;
        int count = 0;
        while (fitting < filled.Length && count + filled[fitting].Length <= Loop.Buffers.BufferBytes)
        {
            count += filled[fitting++].Length;
        }

        handler.Received(filled[..fitting]);
        return count;
    }

    private void FinishWhenDrained(IKcpOutput output)
    {
        if (!_session.IsSendDrained || !(_closed || (_finishing && !_finished)))
        {
            return;
        }

        // What the other end sent last is acknowledged now or never: once the session is gone nothing answers, and it would send for nothing.
        _session.Flush(Loop.Now, output);
        if (_closed)
        {
            End();
        }
        else
        {
            _finished = true;
            Handler.Finished();
        }
    }

    private void ScheduleUpdate()
    {
        long next = _session.NextUpdate(Loop.Now);
        if (next == _updateAt)
        {
            return;
        }

        Loop.Cancel(_update);
        _updateAt = next;
        if (next != KcpSession.Never)
        {
            _update = Loop.Schedule(this, next - Loop.Now, UpdateTimer);
        }
    }

    private void End()
    {
        if (!_ended)
        {
            _ended = true;
            Loop.Cancel(_update);
            Loop.Cancel(_linger);
            _proof?.TrySetResult(false);
            if (!_delivering)
            {
                // A handler that ends the session still reads bytes that lie in its buffers.
                _session.Dispose();
            }

            _endpoint.Remove(this);
        }
    }

    [InlineArray(IGatheringHandler.MaxParts)]
    private struct Parts
    {
        private ReadOnlyMemory<byte> _first;
    }
}
