using System.Buffers.Binary;
using System.Text.Unicode;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>The close frame of this side, and the time that the client has after it.</summary>
internal sealed class CloseHandshake(
    WebSocketConnection connection, Connection inner, FrameWriter frames, KeepAlive keepAlive) : ITimerTarget
{
    /// <summary>How long the client may send no payload after it was sent a close frame.</summary>
    private const long AnswerMs = 10_000;

    /// <summary>How long the last bytes may wait without any of them being taken, and how long in all.</summary>
    private const long DrainMs = 2_000;
    private const long LongestDrainMs = 30_000;

    /// <summary>Longest reason: a control frame has 125 bytes, and two are the code.</summary>
    private const int MaxReasonBytes = 123;

    private TimerId _timer;
    private Action? _whenClosed;
    private LingeringClose? _lingering;
    private bool _isGone;

    /// <summary>Whether a close frame was sent: no data frame may follow it.</summary>
    public bool IsSent { get; private set; }

    /// <summary>Checks the payload of a received close frame. Returns the breach, if it is one.</summary>
    public static CloseCode Check(ReadOnlySpan<byte> payload, out CloseCode code)
    {
        code = CloseCode.None;
        if (payload.IsEmpty)
        {
            return CloseCode.None;
        }

        if (payload.Length == 1)
        {
            return CloseCode.ProtocolError;
        }

        int number = BinaryPrimitives.ReadUInt16BigEndian(payload);
        code = (CloseCode)number;
        bool mayBeSent = number is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
        return !mayBeSent ? CloseCode.ProtocolError : Utf8.IsValid(payload[2..]) ? CloseCode.None : CloseCode.InvalidPayload;
    }

    /// <summary>Sends a close frame, unless one was sent before.</summary>
    public void Send(CloseCode code, string reason)
    {
        if (IsSent)
        {
            return;
        }

        Span<byte> payload = stackalloc byte[2 + MaxReasonBytes];
        int length = 0;
        if (code != CloseCode.None)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
            Utf8.FromUtf16(reason, payload[2..], out _, out int written);
            length = 2 + written;
        }

        frames.SendClose(payload[..length]);
        IsSent = true;
    }

    /// <summary>Limits the time until the client answers the close frame.</summary>
    public void AwaitAnswer()
    {
        keepAlive.LastHeard = inner.Loop.Now;
        SetTimer(AnswerMs);
    }

    /// <summary>Has a callback called once the connection is gone.</summary>
    public void NotifyWhenClosed(Action? closed) => _whenClosed = closed;

    /// <summary>Finishes the connection below in order, after what is held was written.</summary>
    public void LingerWhenWritten()
    {
        if (_isGone)
        {
            return;
        }

        if (!frames.IsEmpty)
        {
            // Nothing that is still received matters: from here on this is the time at which the end began.
            keepAlive.LastHeard = inner.Loop.Now;
            keepAlive.NoteProgress();
            SetTimer(DrainMs);
            return;
        }

        _isGone = true;
        StopTimers();
        Action? closed = _whenClosed;
        _whenClosed = null;
        _lingering = LingeringClose.Begin(inner, closed: closed);
    }

    /// <summary>Ends the lingering close of the connection below. Returns false if it has not begun.</summary>
    public bool TryEndLingering()
    {
        _lingering?.End();
        return _lingering is not null;
    }

    /// <summary>The connection below is gone, or is aborted next.</summary>
    public void Discard()
    {
        _isGone = true;
        StopTimers();
        Action? closed = _whenClosed;
        _whenClosed = null;
        closed?.Invoke();
    }

    void ITimerTarget.TimerDue(int kind)
    {
        if (connection.IsClosed)
        {
            DrainOverdue();
            return;
        }

        // A client that is not read, because its backend is slow, may have answered long ago.
        long left = connection.IsPaused ? AnswerMs : keepAlive.LastHeard + AnswerMs - inner.Loop.Now;
        if (left > 0)
        {
            SetTimer(left);
        }
        else
        {
            connection.CloseUnanswered();
        }
    }

    private void DrainOverdue()
    {
        keepAlive.NoteProgress();
        long now = inner.Loop.Now;
        if (now - keepAlive.LastMoved < DrainMs && now - keepAlive.LastHeard < LongestDrainMs)
        {
            SetTimer(DrainMs);
        }
        else
        {
            connection.Discard();
            inner.Abort();
        }
    }

    private void SetTimer(long milliseconds)
    {
        StopTimers();
        _timer = inner.Loop.Schedule(this, milliseconds);
    }

    private void StopTimers()
    {
        keepAlive.Stop();
        inner.Loop.Cancel(_timer);
    }
}
