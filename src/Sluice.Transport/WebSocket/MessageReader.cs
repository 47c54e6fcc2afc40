using System.Buffers.Binary;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>Reads frames, and gives the handler their messages in the framing of <see cref="WebSocketOptions.Received"/>.</summary>
/// <param name="connection">The connection whose handler is called.</param>
/// <param name="compresses">Whether permessage-deflate was agreed on.</param>
internal sealed class MessageReader(WebSocketConnection connection, bool compresses)
{
    private const int PrefixBytes = MessageWriter.PrefixBytes;

    private HeadBytes _head;
    private byte _headCount;
    private Opcode _opcode;
    private Opcode _messageOpcode;
    private ReaderState _state;
    private uint _mask;
    private int _frameLeft;
    private int _messageBytes;
    private Utf8Check _utf8;
    private GrowingBuffer _message;
    private byte[]? _control;

    [Flags]
    private enum ReaderState : byte
    {
        None = 0,

        /// <summary>The head of a frame was read, and its payload is not complete.</summary>
        InFrame = 1,

        /// <summary>A message has begun and is not complete.</summary>
        InMessage = 2,

        /// <summary>A whole message waits to be pushed.</summary>
        MessageReady = 4,

        /// <summary>The message that has begun is compressed.</summary>
        Compressed = 8,

        /// <summary>The frame that has begun ends its message.</summary>
        FinalFrame = 16,
    }

    /// <summary>Whether something has begun that is not complete.</summary>
    public bool IsInsideMessage => Has(ReaderState.InFrame | ReaderState.InMessage) || _headCount > 0;

    /// <summary>Whether a whole message waits to be pushed.</summary>
    public bool HasMessage => Has(ReaderState.MessageReady);

    /// <summary>Bytes of the lengths that were given to the handler.</summary>
    public long FramingBytes { get; set; }

    private EventLoop Loop => connection.Loop;

    private WebSocketOptions Options => connection.Options;

    private bool IsPrefixed => Options.Received == WebSocketFraming.LengthPrefixed;

    /// <summary>Largest piece of a message that is pushed at once: what a handler keeps in one buffer of the loop.</summary>
    private int PushBytes => Loop.Buffers.BufferBytes;

    /// <summary>Reads frames until the handler pauses. What can stay in place is moved to the front and pushed once.</summary>
    /// <returns>Bytes read.</returns>
    public int Read(Span<byte> chunk, out CloseCode breach)
    {
        int at = 0;
        ByteRange run = default;
        breach = CloseCode.None;
        while (breach == CloseCode.None && !connection.IsStopped)
        {
            if (!Has(ReaderState.InFrame))
            {
                if (at == chunk.Length || !TryReadHead(chunk, ref at, out breach))
                {
                    break;
                }
            }

            int count = Math.Min(_frameLeft, chunk.Length - at);
            breach = _opcode >= Opcode.Close
                ? TakeControl(chunk.Slice(at, count), chunk, ref run)
                : TakeData(chunk, at, count, ref run);
            at += count;
            if (Has(ReaderState.InFrame) && _frameLeft > 0)
            {
                break;
            }
        }

        Push(chunk, ref run);
        return at;
    }

    /// <summary>Pushes the message that was put together, in pieces. Returns false if the handler paused.</summary>
    public bool PushMessage()
    {
        while (!_message.IsEmpty)
        {
            Span<byte> piece = _message.Content;
            piece = piece[..Math.Min(piece.Length, PushBytes)];
            connection.Handler.Received(piece);
            if (connection.IsClosed)
            {
                return false;
            }

            _message.Consume(Loop, piece.Length);
            if (connection.IsPaused && !_message.IsEmpty)
            {
                return false;
            }
        }

        _state &= ~ReaderState.MessageReady;
        return !connection.IsPaused;
    }

    /// <summary>Drops what is incomplete.</summary>
    public void Release()
    {
        _message.Release(Loop);
        _control = null;
    }

    /// <summary>Reads the head of a frame, and begins the frame. Returns false if the head is not complete, or wrong.</summary>
    private bool TryReadHead(ReadOnlySpan<byte> chunk, ref int at, out CloseCode breach)
    {
        breach = CloseCode.None;
        ReadOnlySpan<byte> data = chunk[at..];
        int before = _headCount;
        Span<byte> kept = _head;
        if (before > 0)
        {
            // It is put together from the pieces; what is copied too much is not counted.
            int more = Math.Min(kept.Length - before, data.Length);
            data[..more].CopyTo(kept[before..]);
            data = kept[..(before + more)];
        }

        FrameHeaderStatus status = FrameHeader.Read(data, compresses, out FrameHeader header);
        if (status == FrameHeaderStatus.Invalid)
        {
            breach = CloseCode.ProtocolError;
            return false;
        }

        if (status >= FrameHeaderStatus.LengthKnown && !header.IsControl
            && header.Length > (ulong)(Options.MaxMessageBytes - _messageBytes))
        {
            breach = Options.TooBig;
            return false;
        }

        if (status != FrameHeaderStatus.Complete)
        {
            data.CopyTo(kept);
            _headCount = (byte)data.Length;
            at = chunk.Length;
            return false;
        }

        _headCount = 0;
        at += header.Bytes - before;
        return TryBeginFrame(header, out breach);
    }

    private bool TryBeginFrame(in FrameHeader header, out CloseCode breach)
    {
        breach = CloseCode.None;
        _opcode = header.Opcode;
        _mask = header.Mask;
        _frameLeft = (int)header.Length;
        _state |= ReaderState.InFrame;
        if (header.IsControl)
        {
            return true;
        }

        bool first = header.Opcode != Opcode.Continuation;
        if (first == Has(ReaderState.InMessage) || (header.IsCompressed && !first))
        {
            breach = CloseCode.ProtocolError;
            return false;
        }

        if (first)
        {
            _messageOpcode = header.Opcode;
            _state |= ReaderState.InMessage | (header.IsCompressed ? ReaderState.Compressed : 0);
        }

        _state = header.IsFinal ? _state | ReaderState.FinalFrame : _state & ~ReaderState.FinalFrame;
        _messageBytes += _frameLeft;
        return true;
    }

    /// <summary>Takes a part of a control frame, which is acted on once it is whole.</summary>
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
        _state &= ~ReaderState.InFrame;
        switch (_opcode)
        {
            case Opcode.Ping:
                connection.ReceivedPing(payload);
                return CloseCode.None;
            case Opcode.Close:
                CloseCode breach = CloseHandshake.Check(payload, out CloseCode code);
                if (breach == CloseCode.None)
                {
                    Push(chunk, ref run);
                    connection.ReceivedClose(code);
                }

                return breach;
            default:
                return CloseCode.None;
        }
    }

    /// <summary>Unmasks a part of a message, and puts it where it goes.</summary>
    private CloseCode TakeData(Span<byte> chunk, int at, int count, ref ByteRange run)
    {
        ByteRange before = run;
        bool prefixed = IsPrefixed;
        bool compressed = Has(ReaderState.Compressed);
        bool wholeHere = _opcode != Opcode.Continuation && Has(ReaderState.FinalFrame)
            && count == _messageBytes && at - PrefixBytes >= run.End;
        ReadOnlySpan<byte> source = chunk.Slice(at, count);
        bool inPlace = !compressed && (!prefixed || wholeHere);
        Span<byte> destination = inPlace ? ExtendRun(chunk, at, count, prefixed, ref run) : ExtendMessage(count, prefixed && !compressed);
        _mask = Masking.Apply(source, destination, _mask);
        _frameLeft -= count;
        if (count > 0)
        {
            connection.ReceivedPayload();
        }

        if (_messageOpcode == Opcode.Text && !compressed && !_utf8.Add(destination))
        {
            run = before;
            return CloseCode.InvalidPayload;
        }

        if (_frameLeft > 0)
        {
            return CloseCode.None;
        }

        _state &= ~ReaderState.InFrame;
        CloseCode breach = Has(ReaderState.FinalFrame) ? EndMessage(chunk, ref run, inPlace) : CloseCode.None;
        if (breach != CloseCode.None)
        {
            run = before;
        }

        return breach;
    }

    private static Span<byte> ExtendRun(Span<byte> chunk, int at, int count, bool prefixed, ref ByteRange run)
    {
        int start = run.IsEmpty ? at - (prefixed ? PrefixBytes : 0) : run.End;
        if (run.IsEmpty)
        {
            run.Start = start;
        }

        if (prefixed)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(chunk[start..], (uint)count);
            start += PrefixBytes;
        }

        run.End = start + count;
        return chunk.Slice(start, count);
    }

    private Span<byte> ExtendMessage(int count, bool hasPrefix)
    {
        if (hasPrefix && _message.IsEmpty)
        {
            _message.Extend(Loop, PrefixBytes, PrefixBytes + _messageBytes);
        }

        return count == 0 ? default : _message.Extend(Loop, count, PrefixBytes + _messageBytes);
    }

    private CloseCode EndMessage(Span<byte> chunk, ref ByteRange run, bool inPlace)
    {
        if (Has(ReaderState.Compressed) && InflateMessage() is not CloseCode.None and var breach)
        {
            return breach;
        }

        if (_messageOpcode == Opcode.Text && !_utf8.IsComplete)
        {
            return CloseCode.InvalidPayload;
        }

        _state &= ~(ReaderState.InMessage | ReaderState.Compressed);
        _messageBytes = 0;
        if (IsPrefixed)
        {
            FramingBytes += PrefixBytes;
        }

        if (!inPlace && !_message.IsEmpty)
        {
            if (IsPrefixed)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_message.Content, (uint)(_message.Count - PrefixBytes));
            }

            // What came before it goes before it.
            _state |= ReaderState.MessageReady;
            Push(chunk, ref run);
            if (!connection.IsStopped)
            {
                PushMessage();
            }
        }
        else if (Options.OneByOne)
        {
            Push(chunk, ref run);
        }

        return CloseCode.None;
    }

    /// <summary>Replaces the compressed message by the inflated one.</summary>
    private CloseCode InflateMessage()
    {
        GrowingBuffer inflated = default;
        if (IsPrefixed)
        {
            inflated.Extend(Loop, PrefixBytes);
        }

        CloseCode breach = PerMessageDeflate.Inflate(Loop, _message.Memory, Options.MaxMessageBytes, ref inflated);
        _message.Release(Loop);
        _message = inflated;
        if (breach == CloseCode.MessageTooBig)
        {
            return Options.TooBig;
        }

        ReadOnlySpan<byte> payload = inflated.Content[(IsPrefixed ? PrefixBytes : 0)..];
        return breach == CloseCode.None && _messageOpcode == Opcode.Text && !_utf8.Add(payload) ? CloseCode.InvalidPayload : breach;
    }

    private void Push(Span<byte> chunk, ref ByteRange run)
    {
        if (!run.IsEmpty)
        {
            Span<byte> bytes = chunk[run.Start..run.End];
            run = default;
            connection.Handler.Received(bytes);
        }
    }

    private bool Has(ReaderState any) => (_state & any) != 0;
}
