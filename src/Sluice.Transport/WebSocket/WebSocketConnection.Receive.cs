using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sluice.Transport.WebSocket;

/// <content>From frames to what the handler is given.</content>
public sealed partial class WebSocketConnection
{
    private const int PrefixBytes = 4;

    /// <summary>True where something has begun that is not complete.</summary>
    private bool IsInsideMessage => Has(WebSocketState.InFrame | WebSocketState.InMessage) || _headCount > 0;

    /// <summary>Largest piece of a message that is pushed at once: what a handler keeps in one buffer of the loop.</summary>
    private int PushBytes => Loop.Buffers.BufferBytes;

    private HeadBytes _head;
    private byte _headCount;
    private Opcode _opcode;
    private Opcode _messageOpcode;
    private uint _mask;
    private int _frameLeft;
    private int _messageBytes;
    private Utf8Check _utf8;
    private GrowingBuffer _message;
    private byte[]? _unread;
    private long _framingReceived;

    void IConnectionHandler.Received(Span<byte> data)
    {
        if (Has(WebSocketState.Closed))
        {
            return;
        }

        if (!Has(WebSocketState.CloseSent))
        {
            _lastHeard = Loop.Now;
            _state &= ~WebSocketState.AwaitsPong;
        }

        Process(data);
    }

    void IConnectionHandler.Finished()
    {
        if (Has(WebSocketState.Closed))
        {
            return;
        }

        if (IsInsideMessage)
        {
            // Cut off in the middle of a message.
            Close(CloseCode.ProtocolError, _options.BreachReason);
            Handler.Lost(SocketError.ConnectionReset);
        }
        else if (Has(WebSocketState.CloseSent))
        {
            Shut();
            Handler.Finished();
        }
        else
        {
            // Nothing more can come from it, so its silence means nothing from here on.
            Loop.Cancel(_timer);
            Handler.Finished();
        }
    }

    /// <summary>Goes on with what was kept while the handler had paused.</summary>
    private void Continue()
    {
        _state &= ~WebSocketState.ContinueRequested;
        if (Has(WebSocketState.Paused | WebSocketState.Closed) || (Has(WebSocketState.MessageReady) && !PushMessage()))
        {
            return;
        }

        if (_unread is { } unread)
        {
            _unread = null;
            Process(unread);
        }

        if (!Has(WebSocketState.Paused | WebSocketState.Closed) && !Has(WebSocketState.ContinueRequested))
        {
            if (_loss == SocketError.Success)
            {
                _inner.Resume();
            }
            else
            {
                Lose(_loss);
            }
        }
    }

    /// <summary>Works off frames. What can stay where it lies is gathered at the front of it and pushed once.</summary>
    private void Process(Span<byte> chunk)
    {
        _state |= WebSocketState.Corked;
        int at = 0;
        ByteRange run = default;
        CloseCode breach = CloseCode.None;
        while (breach == CloseCode.None && !Has(WebSocketState.Paused | WebSocketState.Closed))
        {
            if (!Has(WebSocketState.InFrame))
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
            if (Has(WebSocketState.InFrame) && _frameLeft > 0)
            {
                break;
            }
        }

        Push(chunk, ref run);
        if (breach != CloseCode.None && !Has(WebSocketState.Closed))
        {
            Close(breach, _options.BreachReason);
            Handler.Lost(SocketError.ProtocolNotSupported);
        }

        if (at < chunk.Length && !Has(WebSocketState.Closed))
        {
            _unread = chunk[at..].ToArray();
        }

        Uncork();
    }

    /// <summary>Reads the head of a frame, and begins the frame. False where it is not complete, or wrong.</summary>
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

        FrameHeaderStatus status = FrameHeader.Read(data, Has(WebSocketState.Compresses), out FrameHeader header);
        if (status == FrameHeaderStatus.Invalid)
        {
            breach = CloseCode.ProtocolError;
            return false;
        }

        if (status >= FrameHeaderStatus.LengthKnown && !header.IsControl && header.Length > (ulong)(_options.MaxMessageBytes - _messageBytes))
        {
            breach = _options.TooBig;
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
        _state |= WebSocketState.InFrame;
        if (header.IsControl)
        {
            return true;
        }

        bool first = header.Opcode != Opcode.Continuation;
        if (first == Has(WebSocketState.InMessage) || (header.IsCompressed && !first))
        {
            breach = CloseCode.ProtocolError;
            return false;
        }

        if (first)
        {
            _messageOpcode = header.Opcode;
            _state |= WebSocketState.InMessage | (header.IsCompressed ? WebSocketState.MessageCompressed : 0);
        }

        _state = header.IsFinal ? _state | WebSocketState.FinalFrame : _state & ~WebSocketState.FinalFrame;
        _messageBytes += _frameLeft;
        return true;
    }

    /// <summary>Undoes the mask of a piece of a message, and puts it where it goes.</summary>
    private CloseCode TakeData(Span<byte> chunk, int at, int count, ref ByteRange run)
    {
        ByteRange before = run;
        bool prefixed = _options.Received == WebSocketFraming.LengthPrefixed;
        bool compressed = Has(WebSocketState.MessageCompressed);
        bool wholeHere = _opcode != Opcode.Continuation && Has(WebSocketState.FinalFrame) && count == _messageBytes && at - PrefixBytes >= run.End;
        ReadOnlySpan<byte> source = chunk.Slice(at, count);
        Span<byte> destination;
        bool inPlace = !compressed && (!prefixed || wholeHere);
        if (inPlace)
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

            destination = chunk.Slice(start, count);
            run.End = start + count;
        }
        else
        {
            if (prefixed && !compressed && _message.IsEmpty)
            {
                _message.Extend(Loop, PrefixBytes, PrefixBytes + _messageBytes);
            }

            destination = count == 0 ? default : _message.Extend(Loop, count, PrefixBytes + _messageBytes);
        }

        _mask = Masking.Apply(source, destination, _mask);
        _frameLeft -= count;
        if (count > 0)
        {
            // Behind a close frame only payload is worth waiting for.
            _lastHeard = _lastMoved = Loop.Now;
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

        _state &= ~WebSocketState.InFrame;
        CloseCode breach = Has(WebSocketState.FinalFrame) ? EndMessage(chunk, ref run, inPlace) : CloseCode.None;
        if (breach != CloseCode.None)
        {
            run = before;
        }

        return breach;
    }

    private CloseCode EndMessage(Span<byte> chunk, ref ByteRange run, bool inPlace)
    {
        if (Has(WebSocketState.MessageCompressed) && InflateMessage() is not CloseCode.None and var breach)
        {
            return breach;
        }

        if (_messageOpcode == Opcode.Text && !_utf8.IsComplete)
        {
            return CloseCode.InvalidPayload;
        }

        _state &= ~(WebSocketState.InMessage | WebSocketState.MessageCompressed);
        _messageBytes = 0;
        if (_options.Received == WebSocketFraming.LengthPrefixed)
        {
            _framingReceived += PrefixBytes;
        }

        if (!inPlace && !_message.IsEmpty)
        {
            if (_options.Received == WebSocketFraming.LengthPrefixed)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_message.Content, (uint)(_message.Count - PrefixBytes));
            }

            // What came before it goes before it.
            _state |= WebSocketState.MessageReady;
            Push(chunk, ref run);
            if (!Has(WebSocketState.Paused | WebSocketState.Closed))
            {
                PushMessage();
            }
        }
        else if (_options.OneByOne)
        {
            Push(chunk, ref run);
        }

        return CloseCode.None;
    }

    /// <summary>Pushes the message that was put together, in pieces. False where the handler paused in between.</summary>
    private bool PushMessage()
    {
        while (!_message.IsEmpty)
        {
            Span<byte> piece = _message.Content;
            piece = piece[..Math.Min(piece.Length, PushBytes)];
            Handler.Received(piece);
            if (Has(WebSocketState.Closed))
            {
                return false;
            }

            _message.Consume(Loop, piece.Length);
            if (Has(WebSocketState.Paused) && !_message.IsEmpty)
            {
                return false;
            }
        }

        _state &= ~WebSocketState.MessageReady;
        return !Has(WebSocketState.Paused);
    }

    private void Push(Span<byte> chunk, ref ByteRange run)
    {
        if (!run.IsEmpty)
        {
            Span<byte> bytes = chunk[run.Start..run.End];
            run = default;
            Handler.Received(bytes);
        }
    }
}
