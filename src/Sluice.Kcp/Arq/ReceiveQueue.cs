using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>
/// The receive side in one ring: first what is in order and waits to be consumed (ikcp: rcv_queue), behind it a place for each number up
/// to the last that arrived (rcv_buf). Finding the place of a segment takes the same time in whatever order segments come.
/// </summary>
internal struct ReceiveQueue
{
    /// <summary>What a segment costs beside its payload, about: its place in a list and the rounding up of its buffer.</summary>
    public const int BytesPerSegment = 64;

    /// <summary>What the place of a number costs that a later one jumped over.</summary>
    public const int BytesPerPlace = 16;

    private Ring<ReceivedSegment> _ring;
    private int _early;

    /// <summary>rcv_nxt: the number expected next.</summary>
    public uint Next { get; private set; }

    /// <summary>Payload of all segments here, and what they cost beside it.</summary>
    public int HeldBytes { get; private set; }

    /// <summary>Segments in order.</summary>
    public int ReadyCount { get; private set; }

    public readonly bool HasGap => _early > 0;

    public readonly ref ReceivedSegment this[int index] => ref _ring[index];

    public void StartAt(uint sequence) => Next = sequence;

    /// <summary>parse_data for a number within the window. Returns false if it was there already.</summary>
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

    /// <summary>Gives back the first segment in order; what waited for its place follows.</summary>
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

    /// <summary>Early segments whose turn has come are in order now, as far as the window takes them.</summary>
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
