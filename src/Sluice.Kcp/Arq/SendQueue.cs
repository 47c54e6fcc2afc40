using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>
/// The send side in one ring: first the segments in flight (ikcp: snd_buf), then those that wait (snd_queue). Numbers are assigned in
/// order, so the segment at place i has the number <see cref="Una"/> + i.
/// </summary>
internal struct SendQueue
{
    /// <summary>The most ACKs of later segments counted at one time. Usual values of <c>resend</c> need no more.</summary>
    private const int MaxCounted = 4;

    private Ring<SendSegment> _ring;

    // The place of the last segment that was acknowledged since the last count, if any.
    private int _newestAcknowledged;
    private bool _anyNewlyAcknowledged;

    /// <summary>snd_una: the number of the first segment here.</summary>
    public uint Una { get; private set; }

    /// <summary>Segments sent that the peer's una does not cover yet.</summary>
    public int InFlight { get; private set; }

    /// <summary>Segments in flight without an ACK of their own.</summary>
    public int Unacknowledged { get; private set; }

    public readonly int Count => _ring.Count;

    public readonly int Waiting => _ring.Count - InFlight;

    /// <summary>A number that the peer must take for received: nothing is before the first.</summary>
    public readonly uint BeforeFirst => unchecked(Una - 1);

    /// <summary>snd_nxt.</summary>
    public readonly uint Next => unchecked(Una + (uint)InFlight);

    public readonly ref SendSegment this[int index] => ref _ring[index];

    public void StartAt(uint sequence) => Una = sequence;

    public void Add(SegmentMemory memory, ReadOnlySpan<byte> payload, int capacity, byte fragment)
    {
        ref SendSegment segment = ref _ring.AddLast(memory.SendRings);
        segment = default;
        segment.Buffer = memory.Buffers.Rent(capacity);
        segment.Length = payload.Length;
        segment.Fragment = fragment;
        payload.CopyTo(segment.Buffer);
    }

    /// <summary>Fills up the last waiting segment, in stream mode. Returns the bytes taken.</summary>
    public int Extend(SegmentMemory memory, ReadOnlySpan<byte> payload, int mss)
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
            // A segment that grows by small writes gets a whole mss at once, not one buffer size after another.
            byte[] larger = memory.Buffers.Rent(mss);
            last.Buffer.AsSpan(0, last.Length).CopyTo(larger);
            memory.Buffers.Return(last.Buffer);
            last.Buffer = larger;
        }

        payload.Slice(0, taken).CopyTo(last.Buffer.AsSpan(last.Length));
        last.Length += taken;
        return taken;
    }

    /// <summary>Counts the first waiting segment as in flight.</summary>
    public void MarkSent()
    {
        InFlight++;
        Unacknowledged++;
    }

    /// <summary>
    /// parse_una: removes everything before <paramref name="una"/>. Numbers never sent are ignored. Returns whether a segment was removed.
    /// </summary>
    public bool AcknowledgeBefore(SegmentMemory memory, uint una)
    {
        int count = Segment.Distance(una, Una);
        if (count <= 0 || count > InFlight)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            Release(memory, ref _ring[0]);
            _ring.RemoveFirst(memory.SendRings);
        }

        InFlight -= count;
        Una = una;
        _newestAcknowledged -= count;
        _anyNewlyAcknowledged &= _newestAcknowledged >= 0;
        return true;
    }

    public readonly bool IsInFlight(uint sequence) => Segment.Distance(sequence, Una) is var place && place >= 0 && place < InFlight;

    /// <summary>
    /// Returns whether the first or one of the last two transmissions of a segment in flight carried that time stamp. Each further one
    /// would make guessing easier, so those in between do not count.
    /// </summary>
    public readonly bool WasSent(uint sequence, uint timestamp, uint clockOffset)
    {
        ref SendSegment segment = ref _ring[Segment.Distance(sequence, Una)];
        return timestamp == segment.Timestamp
            || timestamp == segment.TimestampBefore
            || timestamp == unchecked(segment.FirstSent + clockOffset);
    }

    /// <summary>
    /// Returns false for an ACK that answers nothing, because it echoes a time after the segment's last transmission. Such a time would
    /// count as overtaking segments that were sent later.
    /// </summary>
    public readonly bool CanAnswer(uint sequence, uint timestamp)
    {
        if (!IsInFlight(sequence))
        {
            return true;
        }

        ref SendSegment segment = ref _ring[Segment.Distance(sequence, Una)];
        return segment.Acknowledged || Segment.Distance(segment.Timestamp, timestamp) >= 0;
    }

    /// <summary>
    /// parse_ack: marks one segment as acknowledged. <see cref="CountOvertaken"/> later does the work of parse_fastack, once for all ACKs
    /// since its last call. Returns whether segments before it may have been overtaken. A repeated ACK changes nothing.
    /// </summary>
    public bool Acknowledge(SegmentMemory memory, uint sequence, uint timestamp)
    {
        if (!IsInFlight(sequence))
        {
            return false;
        }

        int place = Segment.Distance(sequence, Una);
        ref SendSegment segment = ref _ring[place];
        if (segment.Acknowledged)
        {
            return false;
        }

        Release(memory, ref segment);
        segment.Timestamp = timestamp;
        segment.IsNewlyAcknowledged = true;
        _newestAcknowledged = _anyNewlyAcknowledged ? Math.Max(_newestAcknowledged, place) : place;
        _anyNewlyAcknowledged = true;
        return place > 0;
    }

    /// <summary>
    /// parse_fastack: adds to each segment in flight how many later segments were acknowledged since the last call, if they were sent no
    /// earlier than its own last transmission, at most <see cref="MaxCounted"/>. Examines each segment once, however many ACKs arrived.
    /// Returns how many it examined.
    /// </summary>
    public int CountOvertaken()
    {
        if (!_anyNewlyAcknowledged)
        {
            return 0;
        }

        _anyNewlyAcknowledged = false;
        int examined = _newestAcknowledged + 1;
        Span<uint> latest = stackalloc uint[MaxCounted];
        int counted = 0;
        for (int i = _newestAcknowledged; i >= 0; i--)
        {
            ref SendSegment segment = ref _ring[i];
            if (segment.IsNewlyAcknowledged)
            {
                segment.IsNewlyAcknowledged = false;
                counted = InsertLatest(latest, counted, segment.Timestamp);
            }
            else if (!segment.Acknowledged)
            {
                int overtakers = 0;
                while (overtakers < counted && Segment.Distance(latest[overtakers], segment.Timestamp) >= 0)
                {
                    overtakers++;
                }

                segment.Overtaken = (ushort)Math.Min(segment.Overtaken + overtakers, ushort.MaxValue);
            }
        }

        return examined;
    }

    public void Clear(SegmentMemory memory)
    {
        for (int i = 0; i < _ring.Count; i++)
        {
            if (_ring[i].Buffer is { } buffer)
            {
                memory.Buffers.Return(buffer);
            }
        }

        _ring.Clear(memory.SendRings);
        InFlight = 0;
        Unacknowledged = 0;
        _anyNewlyAcknowledged = false;
    }

    /// <summary>Inserts a time into the list of the latest ones, latest first. Returns the length of the list.</summary>
    private static int InsertLatest(Span<uint> latest, int count, uint timestamp)
    {
        int place = count;
        for (; place > 0 && Segment.Distance(timestamp, latest[place - 1]) > 0; place--)
        {
            if (place < latest.Length)
            {
                latest[place] = latest[place - 1];
            }
        }

        if (place < latest.Length)
        {
            latest[place] = timestamp;
        }

        return Math.Min(count + 1, latest.Length);
    }

    private void Release(SegmentMemory memory, ref SendSegment segment)
    {
        if (segment.Buffer is { } buffer)
        {
            memory.Buffers.Return(buffer);
            segment.Buffer = null;
            Unacknowledged--;
        }
    }
}
