using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Sluice.Kcp;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Kcp;

/// <summary>A KCP session as a <see cref="Connection"/>.</summary>
/// <remarks>
/// KCP has no FIN and no reset on the wire. <see cref="FinishWriting"/> waits until everything written has arrived, and then counts as the
/// end of both directions, since the peer cannot be notified: <see cref="IConnectionHandler.Finished"/> is called.
/// </remarks>
public sealed partial class KcpConnection : Connection, ITimerTarget
{
    /// <summary>Milliseconds for which a closed connection still delivers written bytes.</summary>
    private const int LingerMs = 10_000;

    /// <summary>
    /// The same for a peer that has not proven that it receives anything (<see cref="KcpSession.IsPeerProven"/>): its address may be
    /// forged, and
    /// each transmission would go to a host that asked for nothing.
    /// </summary>
    private const int UnprovenLingerMs = 2_000;

    /// <summary>
    /// How long a peer has to prove itself after it was first sent something. Whatever else it sends meanwhile gains it nothing.
    /// </summary>
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
    private KcpState _state = KcpState.Paused;
    private SocketError _loss;
    private TaskCompletionSource<bool>? _proof;

    internal KcpConnection(
        EventLoop loop, KcpEndpoint endpoint, in NetworkAddress remote, StrongBox<NetworkAddress>? local, KcpSession session)
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
    public override bool IsClosed => Has(KcpState.Closed);

    /// <inheritdoc/>
    public override ConnectionTraits Traits => new() { DeliversAfterClose = true, OpensUnanswered = true };

    /// <inheritdoc/>
    public override ConnectionActivity Activity => new() { LastHeard = _lastHeard, WasHeard = Has(KcpState.Heard) };

    /// <summary>The protocol's state, for what it says of windows, round trips and FEC.</summary>
    public KcpSession Session => _session;

    internal KcpPeer Peer => new(_remote, _session.Conv);

    /// <summary>The next session of the same address, in its endpoint's list.</summary>
    internal KcpConnection? NextOfPeer { get; set; }

    /// <summary>Whether another session of the same address was there.</summary>
    internal bool SharesAddress
    {
        get => Has(KcpState.SharesAddress);
        set => Set(KcpState.SharesAddress, value);
    }

    /// <summary>Whether it did not end in order: nothing is acknowledged any more then.</summary>
    internal bool WasAborted => Has(KcpState.Aborted);

    /// <summary>Whether it, or another session of its address, was closed and still delivers.</summary>
    internal bool IsDelivering => Has(KcpState.Closed) || NextOfPeer is { IsDelivering: true };

    /// <summary>Whether it is in its endpoint's list for the end of the turn.</summary>
    internal bool IsTouched
    {
        get => Has(KcpState.Touched);
        set => Set(KcpState.Touched, value);
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (Has(KcpState.Closed | KcpState.WriteBlocked | KcpState.Finishing))
        {
            return 0;
        }

        ExpectProof();
        int taken = _session.Send(data);
        if (taken < data.Length)
        {
            _state |= KcpState.WriteBlocked;
        }

        _endpoint.Touch(this);
        return taken;
    }

    /// <inheritdoc/>
    public override ValueTask<bool> ProveAsync(CancellationToken cancellation)
    {
        if (IsClosed || _session.IsPeerProven || !_endpoint.IsCrowded)
        {
            return new(!IsClosed);
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
        if (!Has(KcpState.Finishing))
        {
            _state |= KcpState.Finishing;
            _endpoint.Touch(this);
        }
    }

    /// <inheritdoc/>
    public override void Pause() => _state |= KcpState.Paused;

    /// <inheritdoc/>
    public override void Resume()
    {
        if (Has(KcpState.Paused))
        {
            _state &= ~KcpState.Paused;
            _endpoint.Touch(this);
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (IsClosed)
        {
            return;
        }

        _state |= KcpState.Closed;
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
            // No reset can be passed on, and bytes taken from the lost peer are still delivered.
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
        _state |= IsClosed ? KcpState.None : KcpState.Closed | KcpState.Aborted;
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
            _state |= KcpState.Heard;
            _lastHeard = Loop.Now;
        }

        if (_session.IsPeerProven && !wasProven)
        {
            _endpoint.Proven();
            _proof?.TrySetResult(true);
        }

        _endpoint.Touch(this);
    }

    /// <summary>Loses the connection because its socket failed.</summary>
    internal void Lose(SocketError error)
    {
        if (IsClosed)
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

    /// <summary>From the first thing that is sent to it on, a peer that is not proven has <see cref="ProofMs"/> for it.</summary>
    private void ExpectProof()
    {
        if (!Has(KcpState.Answered))
        {
            _state |= KcpState.Answered;
            if (!_session.IsPeerProven)
            {
                _linger = Loop.Schedule(this, ProofMs, ProofTimer);
            }
        }
    }

    private void End()
    {
        if (!Has(KcpState.Ended))
        {
            _state |= KcpState.Ended;
            Loop.Cancel(_update);
            Loop.Cancel(_linger);
            _proof?.TrySetResult(false);
            if (!Has(KcpState.Delivering))
            {
                // A handler that ends the session still reads bytes that lie in its buffers.
                _session.Dispose();
            }

            _endpoint.Remove(this);
        }
    }

    private bool Has(KcpState any) => (_state & any) != 0;

    private void Set(KcpState flag, bool value) => _state = value ? _state | flag : _state & ~flag;
}
