using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sluice.Transport.WebSocket;

/// <content>From bytes to frames.</content>
public sealed partial class WebSocketConnection
{
    private const int LongestHead = 10;
    private const byte Final = 0x80;
    private const byte Compressed = 0x40;

    private GrowingBuffer _out;
    private GrowingBuffer _split;
    private long _framingWritten;

    /// <inheritdoc/>
    public override bool HoldsBytes => !_out.IsEmpty;

    private bool IsInsideWrite => !_split.IsEmpty || Has(WebSocketState.WriteRefused);

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data)
    {
        if (!_out.IsEmpty && Has(WebSocketState.Corked))
        {
            Flush();
        }

        if (data.IsEmpty || !_out.IsEmpty || Has(WebSocketState.Closed | WebSocketState.CloseSent | WebSocketState.WriteRefused))
        {
            return 0;
        }

        if (_options.Written == WebSocketFraming.LengthPrefixed)
        {
            WriteFramed(data);
        }
        else if (_options.WritesText)
        {
            WriteText(data);
        }
        else if (data.Length <= _options.MaxMessageBytes)
        {
            SendMessage(data);
        }
        else
        {
            WriteSplit(data);
        }

        return data.Length;
    }

    /// <summary>Sends one message, binary or text as the options say. What is not taken at once is held.</summary>
    public void WriteMessage(ReadOnlySpan<byte> message)
    {
        if (!Has(WebSocketState.Closed | WebSocketState.CloseSent))
        {
            SendMessage(message);
        }
    }

    void IConnectionHandler.Writable()
    {
        int held = _out.Count;
        Flush();
        if (_out.Count < held)
        {
            _lastMoved = Loop.Now;
        }

        if (!_out.IsEmpty)
        {
            return;
        }

        if (Has(WebSocketState.Closed))
        {
            LingerWhenWritten();
        }
        else
        {
            Handler.Writable();
        }
    }

    /// <summary>Bytes that are too many for one message.</summary>
    private void WriteSplit(ReadOnlySpan<byte> data)
    {
        bool corked = Has(WebSocketState.Corked);
        _state |= WebSocketState.Corked;
        for (int count; !data.IsEmpty; data = data[count..])
        {
            count = LongestPart(data);
            if (count == 0)
            {
                RefuseWritten();
                break;
            }

            SendMessage(data[..count]);
        }

        if (!corked)
        {
            Uncork();
        }
    }

    /// <summary>Takes lengths and payloads as they come, and sends a message for each.</summary>
    private void WriteFramed(ReadOnlySpan<byte> data)
    {
        bool corked = Has(WebSocketState.Corked);
        _state |= WebSocketState.Corked;
        while (!data.IsEmpty)
        {
            if (!_split.IsEmpty || data.Length < PrefixBytes || data.Length < WholeFrame(data))
            {
                data = PutTogether(data);
            }
            else if (WholeFrame(data) - PrefixBytes > _options.MaxMessageBytes || !MayBeMessage(data[PrefixBytes..(int)WholeFrame(data)]))
            {
                RefuseWritten();
                break;
            }
            else
            {
                int whole = (int)WholeFrame(data);
                SendMessage(data[PrefixBytes..whole]);
                _framingWritten += PrefixBytes;
                data = data[whole..];
            }
        }

        if (!corked)
        {
            Uncork();
        }
    }

    /// <summary>Adds to a frame that is split over writes, up to its end, and sends it once it is whole. Returns what lies behind it.</summary>
    private ReadOnlySpan<byte> PutTogether(ReadOnlySpan<byte> data)
    {
        if (_split.Count < PrefixBytes)
        {
            int more = Math.Min(PrefixBytes - _split.Count, data.Length);
            _split.Append(Loop, data[..more]);
            data = data[more..];
            if (_split.Count < PrefixBytes)
            {
                return data;
            }
        }

        long whole = WholeFrame(_split.Content);
        if (whole - PrefixBytes > _options.MaxMessageBytes)
        {
            RefuseWritten();
            return default;
        }

        int count = (int)Math.Min(whole - _split.Count, data.Length);
        data[..count].CopyTo(_split.Extend(Loop, count, (int)whole));
        if (_split.Count == whole)
        {
            if (!MayBeMessage(_split.Content[PrefixBytes..]))
            {
                RefuseWritten();
                return default;
            }

            SendMessage(_split.Content[PrefixBytes..]);
            _framingWritten += PrefixBytes;
            _split.Release(Loop);
        }

        return data[count..];
    }

    /// <summary>What was written cannot be a message: told later, since who writes is in the middle of something.</summary>
    private void RefuseWritten()
    {
        if (Has(WebSocketState.WriteRefused))
        {
            return;
        }

        _state |= WebSocketState.WriteRefused;
        Loop.Post(
            static state =>
            {
                var connection = (WebSocketConnection)state!;
                if (!connection.IsClosed)
                {
                    connection.Close(CloseCode.InternalError, "");
                    connection.Handler.Lost(SocketError.MessageSize);
                }
            },
            this);
    }

    private static long WholeFrame(ReadOnlySpan<byte> data) => PrefixBytes + (long)BinaryPrimitives.ReadUInt32LittleEndian(data);

    /// <summary>Sends a frame, in one call where nothing waits before it.</summary>
    private void SendFrame(Opcode opcode, ReadOnlySpan<byte> payload, bool compressed = false)
    {
        Span<byte> head = stackalloc byte[LongestHead];
        head = head[..WriteHead(head, (byte)(Final | (compressed ? Compressed : 0) | (byte)opcode), payload.Length)];
        if (!_out.IsEmpty || Has(WebSocketState.Corked))
        {
            Hold(head, payload);
            if (!Has(WebSocketState.Corked))
            {
                Flush();
            }

            return;
        }

        // What was received by this loop has room before it: the head goes there, and nothing is copied.
        Span<byte> scratch = Loop.Scratch;
        if (((ReadOnlySpan<byte>)scratch).Overlaps(payload, out int offset) && offset == Sluice.Transport.Loop.EventLoop.HeaderRoom)
        {
            Span<byte> frame = scratch.Slice(offset - head.Length, head.Length + payload.Length);
            head.CopyTo(frame);
            int sent = _inner.Write(frame);
            if (sent < frame.Length)
            {
                _out.Append(Loop, frame[sent..]);
            }

            return;
        }

        Hold(head, payload);
        Flush();
    }

    private void HoldFrame(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[LongestHead];
        Hold(head[..WriteHead(head, (byte)(Final | (byte)opcode), payload.Length)], payload);
    }

    private void Hold(ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
    {
        _out.Append(Loop, head);
        if (!payload.IsEmpty)
        {
            _out.Append(Loop, payload);
        }
    }

    /// <summary>Sends what is held, and then the pong that had no room behind it: before the next message, so that it is never starved.</summary>
    private void Flush()
    {
        if (_out.IsEmpty)
        {
            return;
        }

        _out.Consume(Loop, _inner.Write(_out.Content));
        if (_out.IsEmpty && _unansweredPing is { } payload)
        {
            _unansweredPing = null;
            HoldFrame(Opcode.Pong, payload);
            _out.Consume(Loop, _inner.Write(_out.Content));
        }
    }

    private void Uncork()
    {
        _state &= ~WebSocketState.Corked;
        Flush();
        if (Has(WebSocketState.Closed))
        {
            LingerWhenWritten();
        }
    }

    private static int WriteHead(Span<byte> head, byte first, int length)
    {
        head[0] = first;
        switch (length)
        {
            case < 126:
                head[1] = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                head[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(head[2..], (ushort)length);
                return 4;
            default:
                head[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(head[2..], (ulong)length);
                return LongestHead;
        }
    }
}
