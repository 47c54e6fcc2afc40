using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text.Unicode;

namespace Sluice.Transport.WebSocket;

/// <content>The close handshake, both ways.</content>
public sealed partial class WebSocketConnection
{
    /// <summary>How long the other end may send no payload after it was sent a close frame.</summary>
    private const long AnswerMs = 10_000;

    /// <summary>How long the last bytes may wait without any of them being taken, and how long in all.</summary>
    private const long DrainMs = 2_000;
    private const long LongestDrainMs = 30_000;

    /// <summary>Longest reason: a control frame has 125 bytes, and two are the code.</summary>
    private const int MaxReasonBytes = 123;

    private Action? _whenClosed;
    private LingeringClose? _lingering;

    /// <summary>Sends a close frame; what the other end still sends is handed on until it answers with its own.</summary>
    public override void FinishWriting()
    {
        if (!Has(WebSocketState.Closed | WebSocketState.CloseSent))
        {
            if (IsInsideWrite)
            {
                // What was cut off was never a message.
                RefuseWritten();
                return;
            }

            SendClose(CloseCode.Normal, "");
            _lastHeard = Loop.Now;
            SetTimer(AnswerMs);
        }
    }

    /// <inheritdoc/>
    public override void Close() => Close(CloseCode.Normal, "");

    /// <inheritdoc/>
    public override void End(ConnectionEnd cause) => Close(
        cause switch
        {
            ConnectionEnd.PeerLost => CloseCode.InternalError,
            ConnectionEnd.Idle => CloseCode.GoingAway,
            ConnectionEnd.Shutdown => CloseCode.ServiceRestart,
            ConnectionEnd.Kicked => CloseCode.PolicyViolation,
            _ => IsInsideWrite ? CloseCode.InternalError : CloseCode.Normal,
        },
        "");

    /// <summary>Ends the connection with a code, unless a close frame was sent before. What comes in is read and dropped for a moment.</summary>
    /// <param name="code">Why.</param>
    /// <param name="reason">Text for people and pages, at most 123 bytes of UTF-8.</param>
    /// <param name="closed">Called on the loop once the connection is gone.</param>
    public void Close(CloseCode code, string reason, Action? closed = null)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Has(WebSocketState.Closed))
        {
            closed?.Invoke();
            return;
        }

        if (!Has(WebSocketState.CloseSent))
        {
            SendClose(code, reason);
        }

        _whenClosed = closed;
        Shut();
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        if (_lingering is not null)
        {
            _lingering.End();
            return;
        }

        Discard();
        _inner.Abort();
    }

    private void SendClose(CloseCode code, string reason)
    {
        Span<byte> payload = stackalloc byte[2 + MaxReasonBytes];
        int length = 0;
        if (code != CloseCode.None)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
            Utf8.FromUtf16(reason, payload[2..], out _, out int written);
            length = 2 + written;
        }

        _unansweredPing = null;
        SendFrame(Opcode.Close, payload[..length]);
        _state |= WebSocketState.CloseSent;
    }

    private void ClosedByPeer(CloseCode code)
    {
        if (Has(WebSocketState.Closed))
        {
            return;
        }

        if (!Has(WebSocketState.CloseSent))
        {
            SendClose(code == CloseCode.None ? CloseCode.Normal : code, "");
        }

        Shut();
        Handler.Finished();
    }

    /// <summary>Judges the payload of a close frame.</summary>
    private static CloseCode CheckClose(ReadOnlySpan<byte> payload, out CloseCode code)
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

    /// <summary>It is over for the owner. What is held still goes out, then the stream is finished in order.</summary>
    private void Shut()
    {
        _state |= WebSocketState.Closed;
        ReleaseReceived();
        if (!Has(WebSocketState.Corked))
        {
            LingerWhenWritten();
        }
    }

    private void LingerWhenWritten()
    {
        if (Has(WebSocketState.Gone))
        {
            return;
        }

        if (!_out.IsEmpty)
        {
            // Nothing that is still heard means anything: this is the time of the end from here on.
            _lastHeard = Loop.Now;
            NoteProgress();
            SetTimer(DrainMs);
            return;
        }

        _state |= WebSocketState.Gone;
        Loop.Cancel(_timer);
        Action? closed = _whenClosed;
        _whenClosed = null;
        _lingering = LingeringClose.Begin(_inner, closed: closed);
    }

    private void CloseOverdue()
    {
        if (Has(WebSocketState.Closed))
        {
            NoteProgress();
            if (Loop.Now - _lastMoved < DrainMs && Loop.Now - _lastHeard < LongestDrainMs)
            {
                SetTimer(DrainMs);
                return;
            }

            Discard();
            _inner.Abort();
            return;
        }

        // Who is not read, because its backend is slow, may have answered long ago.
        long left = Has(WebSocketState.Paused) ? AnswerMs : _lastHeard + AnswerMs - Loop.Now;
        if (left > 0)
        {
            SetTimer(left);
            return;
        }

        bool isCutOff = IsInsideMessage;
        Shut();
        if (isCutOff)
        {
            Handler.Lost(SocketError.TimedOut);
        }
        else
        {
            Handler.Finished();
        }
    }

    private void SetTimer(long milliseconds)
    {
        Loop.Cancel(_timer);
        _timer = Loop.Schedule(this, milliseconds, CloseTimer);
    }

    /// <summary>The connection is gone, or is ended at once.</summary>
    private void Discard()
    {
        _state |= WebSocketState.Closed | WebSocketState.Gone;
        Loop.Cancel(_timer);
        ReleaseReceived();
        _out.Release(Loop);
        Action? closed = _whenClosed;
        _whenClosed = null;
        closed?.Invoke();
    }

    private void ReleaseReceived()
    {
        _message.Release(Loop);
        _split.Release(Loop);
        _unread = null;
        _control = null;
    }
}
