using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <content>Received bytes are read.</content>
public sealed partial class KcpSession
{
    /// <summary>True where at least one byte waits in order.</summary>
    public bool HasReadable => TryPeek(out _);

    /// <summary>Segments in order that wait to be consumed; they take from the window that the peer is told.</summary>
    public int ReadableSegments => _receive.ReadyCount;

    /// <summary>Bytes in order that wait to be consumed.</summary>
    public int ReadableBytes
    {
        get
        {
            int total = 0;
            for (int i = 0; i < _receive.ReadyCount; i++)
            {
                total += _receive[i].Length;
            }

            return total;
        }
    }

    /// <summary>
    /// Length of the next whole message in bytes, -1 while none is complete (ikcp: <c>peeksize</c>). For message mode; a reader of a byte stream
    /// need not ask.
    /// </summary>
    public int NextMessageSize
    {
        get
        {
            int length = 0;
            for (int i = 0; i < _receive.ReadyCount; i++)
            {
                ref ReceivedSegment segment = ref _receive[i];
                length += segment.Length;
                if (segment.Fragment == 0)
                {
                    return length;
                }
            }

            return -1;
        }
    }

    /// <summary>Shows the next bytes in order without copying: the rest of one segment. They stay valid until they are consumed.</summary>
    /// <param name="bytes">At least one byte where the result is true.</param>
    /// <returns>False where nothing waits.</returns>
    public bool TryPeek(out ReadOnlyMemory<byte> bytes)
    {
        for (int i = 0; i < _receive.ReadyCount; i++)
        {
            ref ReceivedSegment segment = ref _receive[i];
            if (segment.Length > 0)
            {
                bytes = segment.Bytes;
                return true;
            }
        }

        bytes = default;
        return false;
    }

    /// <summary>Shows several segments at once, for a gathering write. They stay valid until they are consumed.</summary>
    /// <param name="segments">Filled from the front, in order, with segments that are not empty.</param>
    /// <returns>How many were filled.</returns>
    public int Peek(Span<ReadOnlyMemory<byte>> segments)
    {
        int filled = 0;
        for (int i = 0; i < _receive.ReadyCount && filled < segments.Length; i++)
        {
            ref ReceivedSegment segment = ref _receive[i];
            if (segment.Length > 0)
            {
                segments[filled++] = segment.Bytes;
            }
        }

        return filled;
    }

    /// <summary>
    /// Gives up the first bytes shown by <see cref="TryPeek"/> or <see cref="Peek"/>, a part of a segment too. Empty segments in front of
    /// them go as well; those behind them go in stream mode, and are empty messages otherwise.
    /// </summary>
    /// <param name="count">0 or more, at most what waits. 0 gives up the empty segments in front.</param>
    public void Consume(int count)
    {
        bool full = _receive.ReadyCount >= _options.ReceiveWindow;
        bool takesEmpty = count == 0 || _options.StreamMode;
        while (_receive.ReadyCount > 0 && (count > 0 || takesEmpty))
        {
            ref ReceivedSegment first = ref _receive[0];
            if (count < first.Length)
            {
                first.Start += (ushort)count;
                count = 0;
                break;
            }

            count -= first.Length;
            _receive.RemoveFirst(_context.Segments, _options.ReceiveWindow);
        }

        if (count != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(count), "more than what waits");
        }

        TellIfReopened(full);
    }

    /// <summary>Copies bytes out as a stream, across segments and messages.</summary>
    /// <param name="target">Filled as far as there is data.</param>
    /// <returns>Bytes copied, 0 where nothing waits.</returns>
    public int Read(Span<byte> target)
    {
        int total = 0;
        while (target.Length > 0 && TryPeek(out ReadOnlyMemory<byte> bytes))
        {
            int count = Math.Min(bytes.Length, target.Length);
            bytes.Span.Slice(0, count).CopyTo(target);
            Consume(count);
            target = target.Slice(count);
            total += count;
        }

        return total;
    }

    /// <summary>
    /// Copies the next whole message out (ikcp: <c>recv</c>). As in ikcp, a PUSH without payload is an empty message. kcp-go 5.6.1 never
    /// sends one.
    /// </summary>
    /// <param name="target">At least <see cref="NextMessageSize"/> bytes.</param>
    /// <returns>Its length, 0 for an empty message, or -1 while no message is complete.</returns>
    /// <exception cref="ArgumentException">The message is longer than the target. Nothing is taken.</exception>
    public int ReadMessage(Span<byte> target)
    {
        int size = NextMessageSize;
        if (size > target.Length)
        {
            throw new ArgumentException("the message is longer than the target", nameof(target));
        }

        bool full = _receive.ReadyCount >= _options.ReceiveWindow;
        bool more = size >= 0;
        while (more)
        {
            ref ReceivedSegment segment = ref _receive[0];
            segment.Bytes.Span.CopyTo(target);
            target = target.Slice(segment.Length);
            more = segment.Fragment > 0;
            _receive.RemoveFirst(_context.Segments, _options.ReceiveWindow);
        }

        TellIfReopened(full);
        return size;
    }

    // A peer that was told a closed window waits until it hears of an open one.
    private void TellIfReopened(bool wasFull)
    {
        if (wasFull && _receive.ReadyCount < _options.ReceiveWindow)
        {
            _tellWindow = true;
            _flushSoon = true;
        }
    }
}
