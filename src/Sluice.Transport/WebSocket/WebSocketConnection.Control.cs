namespace Sluice.Transport.WebSocket;

/// <content>Control frames.</content>
public sealed partial class WebSocketConnection
{
    /// <summary>Bytes that may be held when a pong is added to them. Behind more, only the latest ping is remembered.</summary>
    private const int MostPongBytes = 4096;

    private byte[]? _control;

    /// <summary>Payload of the latest ping that could not be answered yet; null if there is none.</summary>
    private byte[]? _unansweredPing;

    /// <summary>Takes a control frame, which is acted on once it is whole.</summary>
    private CloseCode TakeControl(Span<byte> piece, Span<byte> chunk, ref ByteRange run)
    {
        _mask = Masking.Apply(piece, piece, _mask);
        _frameLeft -= piece.Length;
        if (_frameLeft > 0 || _control is not null)
        {
            _control = _control is null ? piece.ToArray() : [.. _control, .. piece];
            if (_frameLeft > 0)
            {
                return CloseCode.None;
            }
        }

        ReadOnlySpan<byte> payload = _control ?? piece;
        _control = null;
        _state &= ~WebSocketState.InFrame;
        switch (_opcode)
        {
            case Opcode.Ping:
                AnswerPing(payload);
                return CloseCode.None;
            case Opcode.Close:
                CloseCode breach = CheckClose(payload, out CloseCode code);
                if (breach == CloseCode.None)
                {
                    Push(chunk, ref run);
                    ClosedByPeer(code);
                }

                return breach;
            default:
                return CloseCode.None;
        }
    }

    private void AnswerPing(ReadOnlySpan<byte> payload)
    {
        if (Has(WebSocketState.CloseSent))
        {
            return;
        }

        if (_out.Count > MostPongBytes)
        {
            Flush();
        }

        if (_out.Count > MostPongBytes)
        {
            // A client that does not read must not fill the memory with pongs. RFC 6455 5.5.3 allows answering only the latest ping.
            _unansweredPing = payload.ToArray();
            return;
        }

        _unansweredPing = null;
        SendFrame(Opcode.Pong, payload);
    }
}
