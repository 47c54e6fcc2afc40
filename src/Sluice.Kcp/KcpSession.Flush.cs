using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <content>Datagrams go out.</content>
public sealed partial class KcpSession
{
    /// <summary>After so many milliseconds without a resend the link is taken to lose nothing.</summary>
    private const int LossMemory = 10_000;

    /// <summary>
    /// Segments in flight that are looked at for bundling. Where more are in flight they are long ones, which find no room.
    /// </summary>
    private const int MostBundled = 64;

    /// <summary>
    /// Writes out whatever is due at this time: call it once after a batch of <see cref="Input"/>, <see cref="Send"/> and <see cref="Consume"/>,
    /// and at the time of <see cref="NextUpdate"/>. Costs next to nothing where nothing is due.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <param name="output">Takes the datagrams.</param>
    public void Update(long now, IKcpOutput output)
    {
        ExpireFec(unchecked((uint)now));
        if (NextUpdate(now) <= now)
        {
            Flush(now, output);
        }
    }

    /// <summary>
    /// Writes out acknowledgements, window messages, and every segment that is new or due, without waiting for company (ikcp: <c>flush</c>).
    /// <see cref="Update"/> calls it when needed.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <param name="output">Takes the datagrams.</param>
    public void Flush(long now, IKcpOutput output)
    {
        if (_isDead)
        {
            return;
        }

        uint time = unchecked((uint)now);
        ExpireFec(time);
        _lastFlush = time;
        _flushSoon = false;
        FecEncoder? framing = _proven ? _fecEncoder : null;
        if (framing is null && _fecUse == FecUse.Framed)
        {
            framing = _context.ShapelessFraming;
            framing.StartAt(_nextFramingId);
        }

        var writer = new DatagramWriter(output, _context.Counters, framing, Conv, UnusedWindow, _receive.Next, _options);
        bool challenges = !_proven && _challenge.IsDue(unchecked(time + _clockOffset));
        WriteAcks(ref writer, unaGoes: challenges);
        if (challenges)
        {
            WriteChallenge(ref writer);
        }

        WriteProbes(ref writer, time);

        int window = Window;
        int room = Math.Max(0, Math.Min(window - _send.InFlight, _send.Waiting));
        bool timedOut = WriteResends(ref writer, time, anythingNew: room > 0, out bool overtaken);
        WriteBundled(ref writer, time, room);
        WriteNew(ref writer, time, room);
        writer.Finish();
        _fecEncoder?.Touch(time);
        if (!_proven)
        {
            _allowance -= writer.BytesWritten;
        }

        _nextFramingId = framing?.NextId ?? 0;

        if (!_options.NoCongestionWindow)
        {
            if (overtaken)
            {
                _congestion.Overtaken(_send.InFlight, _options.FastResend, _mss);
            }

            if (timedOut)
            {
                _congestion.TimedOut((uint)window, _mss);
            }
        }
    }

    private void ExpireFec(uint now)
    {
        _fecDecoder?.Expire(now);
        _fecEncoder?.Expire(now);
    }

    private ushort UnusedWindow => (ushort)Math.Max(0, _options.ReceiveWindow - _receive.ReadyCount);

    // kcp-go's rule: only segments ahead of una need an ACK of their own; one goes along for its time stamp. The peer takes its RTT from the last,
    // so that is the one sent latest: a segment that FEC restored or that was overtaken would have the peer's RTO grow by the time that it was missing.
    // Behind it goes a segment whose una says as much: then it would only make an answer longer than what it answers.
    private void WriteAcks(ref DatagramWriter writer, bool unaGoes)
    {
        if (_acks.Count == 0)
        {
            return;
        }

        int latest = _acks.Latest;
        for (int i = 0; i < _acks.Count; i++)
        {
            if (i != latest && Segment.Distance(_acks[i].Sequence, _receive.Next) >= 0)
            {
                writer.Write(Segment.Ack, 0, _acks[i].Timestamp, _acks[i].Sequence, default);
            }
        }

        if (!unaGoes || Segment.Distance(_acks[latest].Sequence, _receive.Next) >= 0)
        {
            writer.Write(Segment.Ack, 0, _acks[latest].Timestamp, _acks[latest].Sequence, default);
        }

        _acks.Clear(_context);
    }

    private void WriteProbes(ref DatagramWriter writer, uint now)
    {
        if (NeedsProbe)
        {
            _probe.Arm(now);
            if (_send.Count > 0 && _probe.Take(now))
            {
                writer.Write(Segment.WindowAsk, 0, 0, 0, default);
            }
        }
        else
        {
            _probe.Disarm();
        }

        if (_tellWindow)
        {
            _tellWindow = false;
            writer.Write(Segment.WindowTell, 0, 0, 0, default);
        }
    }

    // Beyond ikcp: a peer that acknowledged each segment in flight but whose una stands still (its last window message was lost) must be
    // asked too, or both sides wait for ever.
    private bool NeedsProbe => _remoteWindow == 0 || (_send.InFlight > 0 && _send.Unacknowledged == 0);

    private bool WriteResends(ref DatagramWriter writer, uint now, bool anythingNew, out bool overtaken)
    {
        overtaken = false;
        bool timedOut = false;
        if (_send.Unacknowledged == 0)
        {
            _overtakenSeen = false;
            return false;
        }

        // The whole window is looked at once in a millisecond at most: a peer that acknowledges one segment at a time must not make each
        // of its datagrams cost that.
        if (Segment.Distance(now, _nextResend) < 0 && (!_overtakenSeen || now == _lastCount))
        {
            return false;
        }

        _overtakenSeen = false;
        _lastCount = now;
        _nextResend = unchecked(now + int.MaxValue);
        _context.Counters.SegmentsExamined += _send.CountOvertaken();
        int repeatable = Repeatable;
        bool isFirst = true;
        for (int i = 0; i < repeatable; i++)
        {
            _context.Counters.SegmentsExamined++;
            ref SendSegment segment = ref _send[i];
            if (segment.Acknowledged)
            {
                continue;
            }

            bool isOvertaken = segment.Overtaken > 0 && (!anythingNew || IsFast(segment));
            bool isDue = Segment.Distance(now, segment.ResendAt) >= 0;
            if (isOvertaken || isDue)
            {
                // Without credit the first segment is still sent again by its timer, so that a peer that comes back is found.
                if (!_resends.TryTake() && !(isFirst && isDue))
                {
                    _nextResend = isFirst ? segment.ResendAt : _nextResend;
                    break;
                }

                overtaken |= isOvertaken;
                timedOut |= !isOvertaken;
                Resend(ref writer, ref segment, Sequence(i), now, isOvertaken);
            }

            isFirst = false;
            _overtakenSeen |= segment.Overtaken > 0;
            if (Segment.Distance(segment.ResendAt, _nextResend) < 0)
            {
                _nextResend = segment.ResendAt;
            }
        }

        return timedOut;
    }

    private bool IsFast(in SendSegment segment) => _options.FastResend > 0 && segment.Overtaken >= _options.FastResend;

    private void Resend(ref DatagramWriter writer, ref SendSegment segment, uint sequence, uint now, bool isOvertaken)
    {
        if (!isOvertaken)
        {
            _context.Counters.TimeoutResends++;
            uint growth = (uint)(_options.NoDelay ? _roundTrip.Rto / 2 : _roundTrip.Rto);
            segment.Rto = Math.Min(segment.Rto + growth, RoundTripEstimator.MaxRto);
        }
        else
        {
            _ = IsFast(segment) ? _context.Counters.FastResends++ : _context.Counters.EarlyResends++;
            segment.Rto = (uint)_roundTrip.Rto;
        }

        Transmit(ref writer, ref segment, sequence, now);
        _isDead |= segment.Transmissions >= _options.DeadLink && Segment.Distance(now, segment.FirstSent) >= _options.DeadLinkTime;
    }

    private void WriteBundled(ref DatagramWriter writer, uint now, int newSegments)
    {
        _losesSegments &= Segment.Distance(now, _lastResend) < LossMemory;
        if (!_options.Bundling || !_losesSegments || !_proven || newSegments == 0 || _send.Unacknowledged == 0)
        {
            return;
        }

        // Never a datagram more: only what the new segments leave of theirs.
        int room = writer.Room;
        for (int i = 0; i < newSegments && room > 0; i++)
        {
            room -= Segment.HeaderSize + _send[_send.InFlight + i].Length;
        }

        int last = Math.Min(_send.InFlight, MostBundled);
        for (int i = 0; i < last && room > Segment.HeaderSize; i++)
        {
            _context.Counters.SegmentsExamined++;

            // What went out a moment ago would be lost by the same disturbance.
            ref SendSegment segment = ref _send[i];
            uint timestamp = unchecked(now + _clockOffset);
            int size = Segment.HeaderSize + segment.Length;
            if (!segment.Acknowledged && !segment.Bundled && size <= room && Segment.Distance(timestamp, segment.Timestamp) >= _options.Interval)
            {
                room -= size;
                segment.Bundled = true;
                segment.Timestamp = timestamp;
                writer.Write(Segment.Push, segment.Fragment, timestamp, Sequence(i), segment.Buffer.AsSpan(0, segment.Length));
                _context.Counters.BundledResends++;
            }
        }
    }

    private void WriteNew(ref DatagramWriter writer, uint now, int count)
    {
        _resends.Sent(count, _options.SendWindow);
        for (; count > 0; count--)
        {
            uint sequence = _send.Next;
            ref SendSegment segment = ref _send[_send.InFlight];
            segment.Rto = (uint)_roundTrip.Rto;
            segment.FirstSent = now;
            Transmit(ref writer, ref segment, sequence, now);
            if (_send.Unacknowledged == 0 || Segment.Distance(segment.ResendAt, _nextResend) < 0)
            {
                _nextResend = segment.ResendAt;
            }

            _send.MarkSent();
            _context.Counters.SegmentsSent++;
        }
    }

    private void Transmit(ref DatagramWriter writer, ref SendSegment segment, uint sequence, uint now)
    {
        segment.Overtaken = 0;
        segment.ResendAt = unchecked(now + segment.Rto);
        segment.Transmissions++;
        bool isRepetition = segment.Transmissions > 1;
        if (isRepetition)
        {
            _losesSegments = true;
            _lastResend = now;
            if (!MayRepeat(segment.Length, writer.BytesWritten))
            {
                return;
            }
        }

        uint timestamp = unchecked(now + _clockOffset);
        segment.TimestampBefore = isRepetition ? segment.Timestamp : timestamp;
        segment.Timestamp = timestamp;
        writer.Write(Segment.Push, segment.Fragment, timestamp, sequence, segment.Buffer.AsSpan(0, segment.Length));
    }

    private uint Sequence(int place) => unchecked(_send.Una + (uint)place);
}
