using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>
/// The send side in one ring: first what is in flight (ikcp: snd_buf), behind it what waits (snd_queue). Since numbers are given
/// in order, the segment at place i has the number <see cref="Una"/> + i.
/// </summary>
internal struct SendQueue
{
    private Ring<SendSegment> _ring;

    /// <summary>snd_una: the number of the first segment here.</summary>
    public uint Una { get; private set; }

    /// <summary>Segments sent at least once and not yet behind the peer's una.</summary>
    public int InFlight { get; private set; }

    /// <summary>Of those, the ones not acknowledged on their own either.</summary>
    public int Unacknowledged { get; private set; }

    public readonly int Count => _ring.Count;

    public readonly int Waiting => _ring.Count - InFlight;

    /// <summary>snd_nxt.</summary>
    public readonly uint Next => unchecked(Una + (uint)InFlight);

    public readonly ref SendSegment this[int index] => ref _ring[index];

    public void StartAt(uint sequence) => Una = sequence;

    public void Add(KcpContext context, ReadOnlySpan<byte> payload, int capacity, byte fragment)
    {
        ref SendSegment segment = ref _ring.AddLast(context.SendRings);
        segment = default;
        segment.Buffer = context.Buffers.Rent(capacity);
        segment.Length = payload.Length;
        segment.Fragment = fragment;
        payload.CopyTo(segment.Buffer);
    }

    /// <summary>Stream mode: fills up the last segment that waits. Returns the bytes taken.</summary>
    public int Extend(KcpContext context, ReadOnlySpan<byte> payload, int mss)
    {
        if (Waiting == 0)
        {
            return 0;
        }

        ref SendSegment last = ref _ring[_ring.Count - 1];
        int taken = Math.Min(payload.Length, mss - last.Length);
        if (taken <= 0)
        {
            return 0;
        }

        if (last.Buffer!.Length < last.Length + taken)
        {
            // A segment that small writes keep growing gets a whole mss at once, not one size after the other.
            byte[] larger = context.Buffers.Rent(mss);
            last.Buffer.AsSpan(0, last.Length).CopyTo(larger);
            context.Buffers.Return(last.Buffer);
            last.Buffer = larger;
        }

        payload.Slice(0, taken).CopyTo(last.Buffer.AsSpan(last.Length));
        last.Length += taken;
        return taken;
    }

    /// <summary>The first waiting segment is in flight from now on.</summary>
    public void MarkSent()
    {
        InFlight++;
        Unacknowledged++;
    }

    /// <summary>parse_una: everything before <paramref name="una"/> has arrived. Numbers never sent are not believed. Returns true where something left.</summary>
    public bool AcknowledgeBefore(KcpContext context, uint una)
    {
        int count = Segment.Distance(una, Una);
        if (count <= 0 || count > InFlight)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            Release(context, ref _ring[0]);
            _ring.RemoveFirst(context.SendRings);
        }

        InFlight -= count;
        Una = una;
        return true;
    }

    public readonly bool IsInFlight(uint sequence) => Segment.Distance(sequence, Una) is var place && place >= 0 && place < InFlight;

    /// <summary>
    /// Whether a segment in flight went out at exactly that time, on a clock that is ahead by the offset: with its first transmission or one of the last two.
    /// Those between are given up, since each more makes guessing easier.
    /// </summary>
    public readonly bool WasSent(uint sequence, uint timestamp, uint clockOffset)
    {
        ref SendSegment segment = ref _ring[Segment.Distance(sequence, Una)];
        return timestamp == segment.Timestamp || timestamp == unchecked(segment.FirstSent + clockOffset) || timestamp == segment.TimestampBefore;
    }

    /// <summary>parse_ack and parse_fastack. Returns true where earlier segments turned out overtaken.</summary>
    public bool Acknowledge(KcpContext context, uint sequence, uint timestamp)
    {
        int place = Segment.Distance(sequence, Una);
        if (place < 0 || place >= InFlight)
        {
            return false;
        }

        Release(context, ref _ring[place]);
        bool overtaken = false;
        for (int i = 0; i < place; i++)
        {
            ref SendSegment earlier = ref _ring[i];
            if (!earlier.Acknowledged && Segment.Distance(earlier.Timestamp, timestamp) <= 0)
            {
                earlier.Overtaken += earlier.Overtaken < ushort.MaxValue ? (ushort)1 : (ushort)0;
                overtaken = true;
            }
        }

        return overtaken;
    }

    public void Clear(KcpContext context)
    {
        for (int i = 0; i < _ring.Count; i++)
        {
            if (_ring[i].Buffer is { } buffer)
            {
                context.Buffers.Return(buffer);
            }
        }

        _ring.Clear(context.SendRings);
        InFlight = 0;
        Unacknowledged = 0;
    }

    private void Release(KcpContext context, ref SendSegment segment)
    {
        if (segment.Buffer is { } buffer)
        {
            context.Buffers.Return(buffer);
            segment.Buffer = null;
            Unacknowledged--;
        }
    }
}
