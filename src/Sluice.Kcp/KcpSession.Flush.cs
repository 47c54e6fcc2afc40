using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <content>Sends datagrams.</content>
public sealed partial class KcpSession
{
    /// <summary>Segments in flight that are considered for bundling. If more are in flight, they are long and find no room.</summary>
    private const int MaxBundled = 64;

    /// <summary>
    /// Sends whatever is due. Call it once after a batch of <see cref="Input"/>, <see cref="Send"/> and <see cref="Consume"/>, and at the
    /// time that <see cref="NextUpdate"/> returns. It costs next to nothing if nothing is due.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <param name="output">Receives the datagrams.</param>
    public void Update(long now, IKcpOutput output)
    {
        _fec.Expire(unchecked((uint)now));
        if (NextUpdate(now) <= now)
        {
            Flush(now, output);
        }
    }

    /// <summary>
    /// Sends acknowledgements, window messages, and every segment that is new or due, without waiting for more to share a datagram with
    /// (ikcp: <c>flush</c>). <see cref="Update"/> calls it when needed.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <param name="output">Receives the datagrams.</param>
    public void Flush(long now, IKcpOutput output)
    {
        if (_isDead)
        {
            return;
        }

        uint time = unchecked((uint)now);
        _fec.Expire(time);
        _lastFlush = time;
        _flushSoon = false;
        FecEncoder? framing = _fec.BeginFlush(_context.Shards, _proof.IsProven);
        var writer = new DatagramWriter(output, _context.Counters, framing, Conv, UnusedWindow, _receive.Next, _options);
        bool challenges = _proof.IsChallengeDue(unchecked(time + _clockOffset));
        WriteAcks(ref writer, carriesUna: challenges);
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
        _fec.EndFlush(framing, time);
        _proof.Sent(writer.BytesWritten);

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

    private ushort UnusedWindow => (ushort)Math.Max(0, _options.ReceiveWindow - _receive.ReadyCount);

    // Beyond ikcp: if the peer acknowledged each segment in flight but its una stands still, its last window message was lost. It must be
    // asked, or both sides wait for ever.
    private bool NeedsProbe => _remoteWindow == 0 || (_send.InFlight > 0 && _send.Unacknowledged == 0);

    // kcp-go's rule: una covers all segments before it, so only later ones need an ACK. One more goes along for its time stamp.
    // The peer measures its RTT by the last ACK, so that is the one for the segment sent latest: with one that FEC restored, or that others
    // overtook, the peer's RTO would grow by the time it was missing. If another segment carries una, it is left out, because it would make
    // an answer longer than what it answers.
    private void WriteAcks(ref DatagramWriter writer, bool carriesUna)
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

        if (!carriesUna || Segment.Distance(_acks[latest].Sequence, _receive.Next) >= 0)
        {
            writer.Write(Segment.Ack, 0, _acks[latest].Timestamp, _acks[latest].Sequence, default);
        }

        _acks.Clear(_context.Segments);
    }

    private void WriteChallenge(ref DatagramWriter writer)
    {
        _proof.ChallengeSent();
        if (_proof.MayRetransmit(0, writer.BytesWritten))
        {
            writer.Write(Segment.Push, 0, _proof.ChallengeTimestamp, _send.BeforeFirst, default);
            _context.Counters.PeersChallenged++;
        }
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

    private bool WriteResends(ref DatagramWriter writer, uint now, bool anythingNew, out bool overtaken)
    {
        overtaken = false;
        bool timedOut = false;
        if (_send.Unacknowledged == 0)
        {
            _resends.AnyOvertaken = false;
            return false;
        }

        if (!_resends.TryBegin(now))
        {
            return false;
        }

        _context.Counters.SegmentsExamined += _send.CountOvertaken();
        int count = _proof.Retransmittable(_send.InFlight);
        bool isFirst = true;
        for (int i = 0; i < count; i++)
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
                // Without credit, the first segment is still resent by its timer, so that a peer that comes back is found.
                if (!_credit.TryTake() && !(isFirst && isDue))
                {
                    if (isFirst)
                    {
                        _resends.Include(segment.ResendAt);
                    }

                    break;
                }

                overtaken |= isOvertaken;
                timedOut |= !isOvertaken;
                Resend(ref writer, ref segment, Sequence(i), now, isOvertaken);
            }

            isFirst = false;
            _resends.AnyOvertaken |= segment.Overtaken > 0;
            _resends.Include(segment.ResendAt);
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
        bool isLossy = _losses.IsLossy(now);
        if (!_options.Bundling || !isLossy || !_proof.IsProven || newSegments == 0 || _send.Unacknowledged == 0)
        {
            return;
        }

        // Bundling never costs a further datagram: it uses only the room that the new segments leave.
        int room = writer.Room;
        for (int i = 0; i < newSegments && room > 0; i++)
        {
            room -= Segment.HeaderSize + _send[_send.InFlight + i].Length;
        }

        int last = Math.Min(_send.InFlight, MaxBundled);
        for (int i = 0; i < last && room > Segment.HeaderSize; i++)
        {
            _context.Counters.SegmentsExamined++;

            // A copy of a segment sent a moment ago would be lost in the same burst of losses.
            ref SendSegment segment = ref _send[i];
            uint timestamp = unchecked(now + _clockOffset);
            int size = Segment.HeaderSize + segment.Length;
            bool isRecent = Segment.Distance(timestamp, segment.Timestamp) < _options.Interval;
            if (!segment.Acknowledged && !segment.Bundled && size <= room && !isRecent)
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
        _credit.Sent(count, _options.SendWindow);
        for (; count > 0; count--)
        {
            uint sequence = _send.Next;
            ref SendSegment segment = ref _send[_send.InFlight];
            segment.Rto = (uint)_roundTrip.Rto;
            segment.FirstSent = now;
            Transmit(ref writer, ref segment, sequence, now);
            if (_send.Unacknowledged == 0)
            {
                _resends.Reset(segment.ResendAt);
            }
            else
            {
                _resends.Include(segment.ResendAt);
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
        bool isResend = segment.Transmissions > 1;
        if (isResend)
        {
            _losses.Resent(now);
            if (!_proof.MayRetransmit(segment.Length, writer.BytesWritten))
            {
                return;
            }
        }

        uint timestamp = unchecked(now + _clockOffset);
        segment.TimestampBefore = isResend ? segment.Timestamp : timestamp;
        segment.Timestamp = timestamp;
        writer.Write(Segment.Push, segment.Fragment, timestamp, sequence, segment.Buffer.AsSpan(0, segment.Length));
    }

    private uint Sequence(int place) => unchecked(_send.Una + (uint)place);
}
