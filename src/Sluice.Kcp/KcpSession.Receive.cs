using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <content>Reads received bytes.</content>
public sealed partial class KcpSession
{
    /// <summary>Whether at least one byte can be read.</summary>
    public bool HasReadable => TryPeek(out _);

    /// <summary>Segments in order that wait to be consumed. They reduce the window reported to the peer.</summary>
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
    /// Length of the next whole message in bytes, -1 while none is complete (ikcp: <c>peeksize</c>). Readers of a byte stream do not need
    /// it.
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

    /// <summary>Returns the next bytes in order without copying them: the rest of one segment. They stay valid until consumed.</summary>
    /// <param name="bytes">At least one byte if the result is true.</param>
    /// <returns>False if nothing waits.</returns>
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

    /// <summary>Returns several segments at once, for a vectored write. They stay valid until consumed.</summary>
    /// <param name="segments">Filled from the start, in order, with segments that are not empty.</param>
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
    /// Removes the first bytes that <see cref="TryPeek"/> or <see cref="Peek"/> returned; they may end within a segment. Empty segments
    /// before them are removed too. Those after them are removed in stream mode, and are empty messages otherwise.
    /// </summary>
    /// <param name="count">0 to <see cref="ReadableBytes"/>. 0 removes only empty segments.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer bytes wait.</exception>
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
            throw new ArgumentOutOfRangeException(nameof(count), "more bytes than wait");
        }

        ReportIfReopened(full);
    }

    /// <summary>Copies bytes out as a stream, across segments and messages.</summary>
    /// <param name="target">Receives the bytes.</param>
    /// <returns>Bytes copied; 0 if nothing waits.</returns>
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

        ReportIfReopened(full);
        return size;
    }

    // A peer that was sent a closed window waits until it receives an open one.
    private void ReportIfReopened(bool wasFull)
    {
        if (wasFull && _receive.ReadyCount < _options.ReceiveWindow)
        {
            _tellWindow = true;
            _flushSoon = true;
        }
    }
}
