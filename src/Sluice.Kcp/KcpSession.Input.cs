using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <content>Receives datagrams.</content>
public sealed partial class KcpSession
{
    /// <summary>
    /// Processes a received datagram (ikcp: <c>input</c>). Sends nothing: acknowledgements, and segments that may go out now, leave with
    /// the next <see cref="Update"/>. The bytes are copied as far as they are needed.
    /// </summary>
    /// <param name="datagram">Any bytes, decrypted if the conversation is encrypted.</param>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <returns>Whether the datagram was used, and if not, why.</returns>
    public KcpInputResult Input(ReadOnlySpan<byte> datagram, long now)
    {
        if (_isDead)
        {
            return KcpInputResult.Ended;
        }

        _context.Counters.DatagramsReceived++;
        KcpInputResult result = Route(datagram, unchecked((uint)now));
        if (result == KcpInputResult.Accepted)
        {
            _proof.DatagramReceived(datagram.Length);
        }
        else if (result != KcpInputResult.Parity)
        {
            _context.Counters.DatagramsRejected++;
        }

        return result;
    }

    private KcpInputResult Route(ReadOnlySpan<byte> datagram, uint now)
    {
        if (datagram.Length is < Segment.HeaderSize or > KcpOptions.MaxDatagram)
        {
            return KcpInputResult.Malformed;
        }

        if (!FecHeader.TryRead(datagram, out FecHeader fec))
        {
            KcpInputResult plain = Segments(datagram, now, regular: true);
            if (plain == KcpInputResult.Accepted)
            {
                DecideFec(isFramed: false);
            }

            return plain;
        }

        ReadOnlySpan<byte> shard = datagram.Slice(FecHeader.Size);
        if (fec.IsParity)
        {
            // Parity names no conversation, and shards cost memory: it counts only after data of a proven peer.
            if (_fec.Decoder is { } started)
            {
                _context.Counters.ParityReceived++;
                Recover(started, fec, shard, now);
            }

            return KcpInputResult.Parity;
        }

        if (!FecShard.TryGetSegments(shard, out ReadOnlySpan<byte> segments))
        {
            return KcpInputResult.Malformed;
        }

        KcpInputResult result = Segments(segments, now, regular: true);
        if (result == KcpInputResult.Accepted)
        {
            DecideFec(isFramed: true);
            if (_proof.IsProven)
            {
                Recover(_fec.StartDecoding(_context.Shards), fec, shard, now);
            }
        }

        return result;
    }

    private void DecideFec(bool isFramed)
    {
        if (_fec.Decide(isFramed))
        {
            _mss = MaxSegment();
        }
    }

    private void Recover(FecDecoder decoder, in FecHeader header, ReadOnlySpan<byte> shard, uint now)
    {
        decoder.Add(header, shard, now);
        while (decoder.TryTakeRecovered(out ReadOnlySpan<byte> restored))
        {
            // Wrongly restored bytes would be the worst of faults, so a datagram must be right to its last byte.
            bool good = FecShard.TryGetRestored(restored, out ReadOnlySpan<byte> segments)
                && SegmentChain.Check(segments, Conv, exact: true) == KcpInputResult.Accepted
                && Segments(segments, now, regular: false) == KcpInputResult.Accepted;
            if (good)
            {
                _context.Counters.FecRecovered++;
            }
            else
            {
                _context.Counters.FecErrors++;
                decoder.Doubt();
            }
        }

        _fec.Mirror(_context.Shards);
    }

    private KcpInputResult Segments(ReadOnlySpan<byte> bytes, uint now, bool regular)
    {
        KcpInputResult check = SegmentChain.Check(bytes, Conv, exact: false);
        if (check != KcpInputResult.Accepted)
        {
            return check;
        }

        uint unaBefore = _send.Una;
        int unacknowledgedBefore = _send.Unacknowledged;
        int windowBefore = _remoteWindow;
        bool acknowledged = false;
        uint echo = 0;
        while (Segment.TryRead(bytes, out Segment segment))
        {
            ReadOnlySpan<byte> payload = bytes.Slice(Segment.HeaderSize, segment.Length);
            bytes = bytes.Slice(Segment.HeaderSize + segment.Length);

            // Look up the segment that an ACK answers before the una of the ACK removes it.
            bool trusted = _proof.IsProven || ExamineProof(segment);
            bool answers = trusted && segment.Command == Segment.Ack && _send.CanAnswer(segment.Sequence, segment.Timestamp);

            // A datagram that others overtook carries an old window. Its una shows that.
            if (regular && Segment.Distance(segment.Una, _send.Una) >= 0)
            {
                _remoteWindow = segment.Window;
            }

            if (trusted)
            {
                _send.AcknowledgeBefore(_context.Segments, segment.Una);
            }

            switch (segment.Command)
            {
                case Segment.Ack when answers:
                    _resends.AnyOvertaken |= _send.Acknowledge(_context.Segments, segment.Sequence, segment.Timestamp);
                    acknowledged = true;
                    echo = segment.Timestamp;
                    break;
                case Segment.Push:
                    Received(segment, payload, now);
                    break;
                case Segment.WindowAsk when _proof.IsProven:
                    _tellWindow = true;
                    _flushSoon = true;
                    break;
                default:
                    break;
            }
        }

        if (acknowledged && regular)
        {
            _roundTrip.Sample(Segment.Distance(unchecked(now + _clockOffset), echo), _options.Interval, _options.MinRto);
        }

        int acknowledgements = unacknowledgedBefore - _send.Unacknowledged;
        if (acknowledgements > 0 && _credit.Acknowledged(acknowledgements, _options.SendWindow))
        {
            _resends.ScanSoon(now);
        }

        bool slid = _send.Una != unaBefore;
        if (slid && !_options.NoCongestionWindow)
        {
            _congestion.Acknowledged((uint)_remoteWindow, _mss);
        }

        // kcp-go flushes whenever the window slides. Without anything to send, that would only cost a datagram for the ACKs.
        if ((slid || _remoteWindow > windowBefore) && (_send.Waiting > 0 || (slid && _resends.AnyOvertaken)))
        {
            _flushSoon = true;
        }

        return KcpInputResult.Accepted;
    }

    private bool ExamineProof(in Segment segment)
    {
        bool trusted = _proof.Examine(segment, _send, _clockOffset);
        if (_proof.IsProven)
        {
            // Resends that had to wait for the proof go out at once.
            _resends.Reset(_lastFlush);
            _fec.PeerProven();
        }

        _isDead |= _proof.IsGuessing;
        return trusted;
    }

    private void Received(in Segment segment, ReadOnlySpan<byte> payload, uint now)
    {
        bool isBeyondWindow = Segment.Distance(segment.Sequence, unchecked(_receive.Next + (uint)_options.ReceiveWindow)) >= 0;
        if (isBeyondWindow || !_proof.MayKeep(segment, _receive))
        {
            return;
        }

        if (_acks.Count == 0)
        {
            _ackDue = now + (uint)(_options.AckNoDelay ? 0 : _options.Interval);
        }

        _acks.Add(_context.Segments, segment.Sequence, segment.Timestamp, Math.Max(64, 2 * _options.ReceiveWindow));
        bool late = Segment.Distance(segment.Sequence, _receive.Next) < 0;
        if (late || !_receive.Add(_context.Segments, segment, payload, _options.ReceiveWindow))
        {
            _context.Counters.SegmentsRepeated++;
        }
        else if (payload.IsEmpty && _options.StreamMode)
        {
            // The owner consumes bytes, so it would never remove the empty segments that a peer sends to stay alive: they would fill the
            // window.
            Consume(0);
        }

        // Beyond ikcp: a gap is acknowledged at once, so that the peer resends early. A quarter of the window does not wait for the
        // interval either, or one-way bulk would stall at a window per interval.
        if ((!late && _receive.HasGap) || _acks.Count * 4 >= _options.ReceiveWindow)
        {
            _ackDue = now;
        }
    }
}
