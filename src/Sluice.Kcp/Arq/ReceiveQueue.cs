using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>
/// The receive side in one ring: first the segments in order that wait to be consumed (ikcp: rcv_queue), then a place for each number up to
/// the last that arrived (rcv_buf). Finding the place of a segment takes the same time in any order of arrival.
/// </summary>
internal struct ReceiveQueue
{
    /// <summary>About what a segment costs besides its payload: its place in a ring, and the unused end of its buffer.</summary>
    public const int BytesPerSegment = 64;

    /// <summary>The cost of the empty place of a skipped number.</summary>
    public const int BytesPerPlace = 16;

    private Ring<ReceivedSegment> _ring;
    private int _early;

    /// <summary>rcv_nxt: the next number expected.</summary>
    public uint Next { get; private set; }

    /// <summary>Payload of all segments here, plus what they cost besides it.</summary>
    public int HeldBytes { get; private set; }

    /// <summary>Segments in order.</summary>
    public int ReadyCount { get; private set; }

    public readonly bool HasGap => _early > 0;

    public readonly ref ReceivedSegment this[int index] => ref _ring[index];

    public void StartAt(uint sequence) => Next = sequence;

    /// <summary>parse_data for a number within the window. Returns false if the segment was here already.</summary>
    public bool Add(SegmentMemory memory, in Segment segment, ReadOnlySpan<byte> payload, int window)
    {
        int place = ReadyCount + Segment.Distance(segment.Sequence, Next);
        while (_ring.Count <= place)
        {
            _ring.AddLast(memory.ReceiveRings) = default;
        }

        ref ReceivedSegment target = ref _ring[place];
        if (target.HasArrived)
        {
            return false;
        }

        target = Copy(memory, segment, payload);
        _early++;
        MoveReady(window);
        return true;
    }

    /// <summary>Returns the first segment's buffer. A segment that waited for room in the window may become ready.</summary>
    public void RemoveFirst(SegmentMemory memory, int window)
    {
        HeldBytes -= _ring[0].End + BytesPerSegment;
        memory.Buffers.Return(_ring[0].Buffer);
        _ring.RemoveFirst(memory.ReceiveRings);
        ReadyCount--;
        MoveReady(window);
    }

    public void Clear(SegmentMemory memory)
    {
        for (int i = 0; i < _ring.Count; i++)
        {
            if (_ring[i].HasArrived)
            {
                memory.Buffers.Return(_ring[i].Buffer);
            }
        }

        _ring.Clear(memory.ReceiveRings);
        ReadyCount = 0;
        _early = 0;
    }

    /// <summary>Counts early segments as ready once they are in order, as far as the window has room.</summary>
    private void MoveReady(int window)
    {
        while (_early > 0 && ReadyCount < window && _ring[ReadyCount].HasArrived)
        {
            ReadyCount++;
            Next++;
            _early--;
        }
    }

    private ReceivedSegment Copy(SegmentMemory memory, in Segment segment, ReadOnlySpan<byte> payload)
    {
        byte[] buffer = memory.Buffers.Rent(payload.Length);
        payload.CopyTo(buffer);
        HeldBytes += payload.Length + BytesPerSegment;
        return new ReceivedSegment { Buffer = buffer, End = (ushort)payload.Length, Fragment = segment.Fragment };
    }
}
