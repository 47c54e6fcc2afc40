using System.Buffers.Binary;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>Sends frames, and holds what the connection below does not take.</summary>
internal sealed class FrameWriter(Connection inner)
{
    private const int LongestHead = 10;
    private const byte Final = 0x80;
    private const byte Compressed = 0x40;

    /// <summary>A pong is added to at most this many held bytes. If there are more, only the latest ping is remembered.</summary>
    private const int MostPongBytes = 4096;

    private readonly Connection _inner = inner;
    private GrowingBuffer _out;

    /// <summary>Payload of the latest ping that could not be answered yet; null if there is none.</summary>
    private byte[]? _unansweredPing;

    /// <summary>Bytes held.</summary>
    public int Count => _out.Count;

    /// <summary>Whether nothing is held.</summary>
    public bool IsEmpty => _out.IsEmpty;

    /// <summary>Whether frames are gathered, to leave together.</summary>
    public bool IsCorked { get; private set; }

    private EventLoop Loop => _inner.Loop;

    /// <summary>Gathers frames from here on. Returns false if they are gathered already; otherwise the caller uncorks.</summary>
    public bool Cork()
    {
        bool begins = !IsCorked;
        IsCorked = true;
        return begins;
    }

    /// <summary>Sends what was gathered.</summary>
    public void Uncork()
    {
        IsCorked = false;
        Flush();
    }

    /// <summary>Sends a frame, in one call if nothing is held before it.</summary>
    public void Send(Opcode opcode, ReadOnlySpan<byte> payload, bool compressed = false)
    {
        Span<byte> head = stackalloc byte[LongestHead];
        head = head[..WriteHead(head, (byte)(Final | (compressed ? Compressed : 0) | (byte)opcode), payload.Length)];
        if (!_out.IsEmpty || IsCorked)
        {
            Hold(head, payload);
            if (!IsCorked)
            {
                Flush();
            }

            return;
        }

        // The scratch buffer has room before what was received there: the head goes into it, and nothing is copied.
        Span<byte> scratch = Loop.Scratch;
        if (((ReadOnlySpan<byte>)scratch).Overlaps(payload, out int offset) && offset == EventLoop.HeaderRoom)
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

    /// <summary>Sends a close frame. No ping is answered after it.</summary>
    public void SendClose(ReadOnlySpan<byte> payload)
    {
        _unansweredPing = null;
        Send(Opcode.Close, payload);
    }

    /// <summary>Sends a pong, or remembers that one is due.</summary>
    public void AnswerPing(ReadOnlySpan<byte> payload)
    {
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
        Send(Opcode.Pong, payload);
    }

    /// <summary>Sends what is held, then the pong that had no room: before the next message, so that it is never starved.</summary>
    public void Flush()
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

    /// <summary>Drops what is held.</summary>
    public void Release() => _out.Release(Loop);

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
