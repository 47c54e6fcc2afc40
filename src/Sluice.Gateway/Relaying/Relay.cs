using System.Threading.Tasks.Sources;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Relaying;

/// <summary>
/// Joins two connections until both ends are done: FIN travels on as FIN, a reset as a reset, and a slow reader slows its writer.
/// </summary>
internal abstract class Relay : ITimerTarget, IValueTaskSource<EndReason>
{
    /// <summary>How long a backend that cannot be notified of the client's end may be silent before it counts as finished.</summary>
    private const long QuietMs = 2_000;

    /// <summary>How long an end may take to read the last bytes of a peer that is lost.</summary>
    private const long LastBytesMs = 30_000;

    private const int IdleTimer = 0;
    private const int QuietTimer = 1;
    private const int LastBytesTimer = 2;

    private readonly EventLoop _loop;
    private readonly long _idleTimeoutMs;
    private ManualResetValueTaskSourceCore<EndReason> _ended;
    private TimerId _idleTimer;
    private TimerId _quietTimer;
    private TimerId _lastBytesTimer;
    private RelayEnd? _broken;
    private long _lastByte;
    private bool _isBrokenGone;
    private bool _done;

    protected Relay(EventLoop loop, TimeSpan idleTimeout)
    {
        _loop = loop;
        _idleTimeoutMs = (long)idleTimeout.TotalMilliseconds;
    }

    /// <summary>Payload that the backend's connection has taken.</summary>
    public long BytesFromClient => Math.Max(0, BackendEnd.BytesTaken - ClientEnd.Connection.Framing.ReceivedBytes);

    /// <summary>Payload that the client's connection has taken.</summary>
    public long BytesFromBackend => ClientEnd.BytesTaken - ClientEnd.Connection.Framing.WrittenBytes;

    protected abstract RelayEnd ClientEnd { get; }

    protected abstract RelayEnd BackendEnd { get; }

    /// <summary>Starts the relay, and completes when both connections are closed.</summary>
    /// <param name="bytesAfterKey">Bytes that the client sent after its key; they go first.</param>
    public ValueTask<EndReason> RunAsync(ReadOnlySpan<byte> bytesAfterKey)
    {
        Touch();
        if (_idleTimeoutMs > 0)
        {
            _idleTimer = _loop.Schedule(this, _idleTimeoutMs, IdleTimer);
        }

        ClientEnd.Connection.Handler = ClientEnd;
        BackendEnd.Connection.Handler = BackendEnd;
        if (ClientEnd.Connection.IsClosed)
        {
            Lost(ClientEnd);
        }
        else if (BackendEnd.Connection.IsClosed)
        {
            Lost(BackendEnd);
        }
        else
        {
            BackendEnd.Connection.Resume();
            if (BackendEnd.Take(bytesAfterKey))
            {
                ClientEnd.Connection.Resume();
            }
        }

        return new ValueTask<EndReason>(this, _ended.Version);
    }

    /// <summary>Ends the relay from outside.</summary>
    /// <param name="reason">What is reported.</param>
    public void Stop(EndReason reason) => End(reason, reason == EndReason.Kicked ? ConnectionEnd.Kicked : ConnectionEnd.Shutdown);

    /// <summary>Notes that bytes moved.</summary>
    public void Touch() => _lastByte = _loop.Now;

    /// <summary>
    /// A KCP backend has taken all that the client sent, and cannot be told that this was all: true where its answer, which may still be on
    /// its way, is waited for until it falls silent.
    /// </summary>
    public bool AwaitsAnswer(RelayEnd end)
    {
        bool waits = end == BackendEnd && !end.Connection.Traits.CanHalfClose;
        if (waits)
        {
            Touch();
            _quietTimer = _loop.Schedule(this, QuietMs, QuietTimer);
        }

        return waits;
    }

    /// <summary>Everything is received and written both ways.</summary>
    public void Complete()
    {
        if (ClientEnd.Connection.Framing.EndsInsideMessage)
        {
            // The backend left a message unfinished.
            Lost(BackendEnd);
        }
        else
        {
            End(EndReason.Completed, ConnectionEnd.Finished);
        }
    }

    /// <summary>
    /// One end's connection broke with bytes still to be read. Returns true if they are to be read: not if the other end broke before.
    /// </summary>
    public bool Breaking(RelayEnd end)
    {
        if (_broken is null)
        {
            _broken = end;
            _lastBytesTimer = _loop.Schedule(this, LastBytesMs, LastBytesTimer);
        }

        return _broken == end;
    }

    /// <summary>
    /// One end's connection is gone. Once the other one has taken what came before, it is reset too, if its protocol has a reset.
    /// </summary>
    public void Lost(RelayEnd end)
    {
        if (end.Peer.HasWaiting && !end.Peer.Connection.IsClosed && Breaking(end))
        {
            _isBrokenGone = true;
        }
        else
        {
            EndBroken(_broken ?? end);
        }
    }

    /// <summary>An end has taken everything that waited for it. Ends the relay, and returns true, if the other end is gone.</summary>
    public bool EndIfPeerIsGone(RelayEnd end)
    {
        bool ends = _isBrokenGone && _broken == end.Peer;
        if (ends)
        {
            EndBroken(end.Peer);
        }

        return ends;
    }

    void ITimerTarget.TimerDue(int kind)
    {
        switch (kind)
        {
            case QuietTimer:
                EndIfQuiet();
                break;
            case LastBytesTimer:
                EndBroken(_broken!);
                break;
            default:
                EndIfIdle();
                break;
        }
    }

    EndReason IValueTaskSource<EndReason>.GetResult(short token) => _ended.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<EndReason>.GetStatus(short token) => _ended.GetStatus(token);

    void IValueTaskSource<EndReason>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        // It ends on its own loop: the session reports at once.
        _ended.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    private void EndIfQuiet()
    {
        // A backend that waits for a slow client is not silent.
        long left = ClientEnd.HasWaiting ? QuietMs : _lastByte + QuietMs - _loop.Now;
        if (left > 0)
        {
            _quietTimer = _loop.Schedule(this, left, QuietTimer);
        }
        else
        {
            BackendEnd.ReceivedFinish();
        }
    }

    private void EndIfIdle()
    {
        // Bytes only note the time; the timer compares when it fires, and is set again for the rest.
        // If a client cannot send a FIN, only its own signs of life count: a backend that keeps sending must not keep it for ever.
        ConnectionActivity client = ClientEnd.Connection.Activity;
        long left = (client.LastHeard ?? Math.Max(_lastByte, client.LastMoved)) + _idleTimeoutMs - _loop.Now;
        if (left > 0)
        {
            _idleTimer = _loop.Schedule(this, left, IdleTimer);
        }
        else
        {
            End(EndReason.Idle, ConnectionEnd.Idle);
        }
    }

    private void EndBroken(RelayEnd end) => End(end == ClientEnd ? EndReason.ClientLost : EndReason.BackendLost, ConnectionEnd.PeerLost);

    private void End(EndReason reason, ConnectionEnd cause)
    {
        if (_done)
        {
            return;
        }

        _done = true;
        _loop.Cancel(_idleTimer);
        _loop.Cancel(_quietTimer);
        _loop.Cancel(_lastBytesTimer);
        ClientEnd.End(cause);
        BackendEnd.End(cause);
        _ended.SetResult(reason);
    }
}
