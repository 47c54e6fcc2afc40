using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Arq;

/// <summary>
/// The send side in one ring: first what is in flight (ikcp: snd_buf), behind it what waits (snd_queue). Since numbers are given
/// in order, the segment at place i has the number <see cref="Una"/> + i.
/// </summary>
internal struct SendQueue
{
    /// <summary>Most ACKs of later segments that count at one time; the usual values of <c>resend</c> need no more.</summary>
    private const int MostCounted = 4;

    private Ring<SendSegment> _ring;

    // The place of the last segment that was acknowledged since they were counted, while there is one.
    private int _newestAcknowledged;
    private bool _anyNewlyAcknowledged;

    /// <summary>snd_una: the number of the first segment here.</summary>
    public uint Una { get; private set; }

    /// <summary>Segments sent at least once and not yet behind the peer's una.</summary>
    public int InFlight { get; private set; }

    /// <summary>Of those, the ones not acknowledged on their own either.</summary>
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

    /// <summary>Stream mode: fills up the last segment that waits. Returns the bytes taken.</summary>
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
            // A segment that small writes keep growing gets a whole mss at once, not one size after the other.
            byte[] larger = memory.Buffers.Rent(mss);
            last.Buffer.AsSpan(0, last.Length).CopyTo(larger);
            memory.Buffers.Return(last.Buffer);
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
    /// Whether a segment in flight went out at exactly that time, on a clock that is ahead by the offset: with its first transmission or one of the last two.
    /// Those between are given up, since each more makes guessing easier.
    /// </summary>
    public readonly bool WasSent(uint sequence, uint timestamp, uint clockOffset)
    {
        ref SendSegment segment = ref _ring[Segment.Distance(sequence, Una)];
        return timestamp == segment.Timestamp || timestamp == unchecked(segment.FirstSent + clockOffset) || timestamp == segment.TimestampBefore;
    }

    /// <summary>
    /// Returns false for an ACK that answers nothing: it echoes a time after the segment's last transmission. Such a time would make it
    /// overtake segments that were sent later.
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
    /// parse_ack: takes one segment out of flight. <see cref="CountOvertaken"/> then does what parse_fastack does, once for all ACKs that
    /// came in between. Returns true if segments in front of it may have been overtaken. An ACK that repeats another changes nothing.
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
    /// parse_fastack: adds to each segment in flight how many later ones were acknowledged since the last call by transmissions that left
    /// no earlier than its own last one, as far as <see cref="MostCounted"/>. Looks at each segment once, however many ACKs came. Returns
    /// how many it looked at.
    /// </summary>
    public int CountOvertaken()
    {
        if (!_anyNewlyAcknowledged)
        {
            return 0;
        }

        _anyNewlyAcknowledged = false;
        int looked = _newestAcknowledged + 1;
        Span<uint> latest = stackalloc uint[MostCounted];
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

        return looked;
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

    /// <summary>Keeps the latest times, the latest first. Returns how many there are.</summary>
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
