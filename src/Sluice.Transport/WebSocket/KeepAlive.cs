using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>Pings a silent client, and finds out whether it is still there.</summary>
internal sealed class KeepAlive : ITimerTarget
{
    private readonly WebSocketConnection _connection;
    private readonly Connection _inner;
    private readonly FrameWriter _frames;
    private TimerId _timer;
    private uint _acknowledged;
    private bool _awaitsPong;
    private bool _bytesWait;

    public KeepAlive(WebSocketConnection connection, Connection inner, FrameWriter frames, long intervalMs)
    {
        _connection = connection;
        _inner = inner;
        _frames = frames;
        LastHeard = inner.Loop.Now;
        if (intervalMs > 0)
        {
            _timer = inner.Loop.Schedule(this, intervalMs);
        }
    }

    /// <summary>The loop's time at the client's last sign of life that counts.</summary>
    public long LastHeard { get; set; }

    /// <summary>The loop's time at which payload last moved, either way; 0 if none did.</summary>
    public long LastMoved { get; private set; }

    /// <summary>Something arrived.</summary>
    public void Heard()
    {
        LastHeard = _inner.Loop.Now;
        _awaitsPong = false;
    }

    /// <summary>Payload arrived.</summary>
    public void PayloadReceived() => LastHeard = LastMoved = _inner.Loop.Now;

    /// <summary>The client took bytes that waited for it.</summary>
    public void PayloadTaken() => LastMoved = _inner.Loop.Now;

    /// <summary>Stops pinging.</summary>
    public void Stop() => _inner.Loop.Cancel(_timer);

    /// <summary>Checks whether the client has taken some of what waited for it since the last check.</summary>
    /// <remarks>Bytes that its system takes although nobody reads are no such sign: nothing waits here then.</remarks>
    public void NoteProgress()
    {
        SendProgress progress = _inner.SendProgress;
        bool waits = progress.Unsent > 0 || !_frames.IsEmpty;
        if ((uint)progress.Acknowledged != _acknowledged && (waits || _bytesWait))
        {
            LastMoved = _inner.Loop.Now;
        }

        _acknowledged = (uint)progress.Acknowledged;
        _bytesWait = waits;
    }

    void ITimerTarget.TimerDue(int kind)
    {
        long interval = _connection.Options.PingIntervalMs;
        long left = LastHeard + interval - _inner.Loop.Now;
        if (left <= 0 && !_connection.IsPaused && !TryPing(interval))
        {
            _connection.LoseSilent();
            return;
        }

        _timer = _inner.Loop.Schedule(this, left > 0 ? left : interval);
    }

    /// <summary>Pings after an interval of silence, or waits on if no pong can be due yet. Returns false if the client is lost.</summary>
    private bool TryPing(long interval)
    {
        NoteProgress();
        if (_awaitsPong)
        {
            // The ping is queued after what was sent before it, and the client was still taking that.
            return _inner.Loop.Now - LastMoved < interval;
        }

        _awaitsPong = true;
        _frames.Send(Opcode.Ping, default);
        return true;
    }
}
