using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <content>Datagrams come in.</content>
public sealed partial class KcpSession
{
    /// <summary>
    /// Takes a datagram (ikcp: <c>input</c>), decrypted where there is encryption. Sends nothing: acknowledgements and what they set free leave
    /// with the next <see cref="Update"/>. The bytes are copied as far as they are needed.
    /// </summary>
    /// <param name="datagram">Any bytes at all.</param>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <returns>Whether it was understood.</returns>
    public KcpInputResult Input(ReadOnlySpan<byte> datagram, long now)
    {
        if (_isDead)
        {
            return KcpInputResult.Ended;
        }

        _context.Counters.DatagramsReceived++;
        KcpInputResult result = Route(datagram, unchecked((uint)now));
        if (!_proven && result == KcpInputResult.Accepted)
        {
            Earn(datagram.Length);
        }

        if (result is not (KcpInputResult.Accepted or KcpInputResult.Parity))
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
            if (plain == KcpInputResult.Accepted && _fecUse == FecUse.Undecided)
            {
                DecideFec(FecUse.Plain);
            }

            return plain;
        }

        ReadOnlySpan<byte> shard = datagram.Slice(FecHeader.Size);
        if (fec.IsParity)
        {
            // Parity names no conversation. It counts only behind data that did, of a peer that is proven: shards cost memory.
            if (_fecDecoder is null)
            {
                return KcpInputResult.Parity;
            }

            _context.Counters.ParityReceived++;
            Recover(fec, shard, now);
            return KcpInputResult.Parity;
        }

        if (!FecShard.TryGetSegments(shard, out ReadOnlySpan<byte> segments))
        {
            return KcpInputResult.Malformed;
        }

        KcpInputResult result = Segments(segments, now, regular: true);
        if (result == KcpInputResult.Accepted)
        {
            if (_fecUse == FecUse.Undecided)
            {
                DecideFec(FecUse.Framed);
            }

            if (_proven)
            {
                _fecDecoder ??= new FecDecoder(_context);
                Recover(fec, shard, now);
            }
        }

        return result;
    }

    private void Recover(in FecHeader header, ReadOnlySpan<byte> shard, uint now)
    {
        FecDecoder decoder = _fecDecoder!;
        decoder.Add(header, shard, now);
        while (decoder.TryTakeRecovered(out ReadOnlySpan<byte> restored))
        {
            // A wrong restoration would be the worst of faults, so one that is not perfect to the last byte is none.
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

        if (_options.Fec.IsMirror && _fecUse == FecUse.Framed && (_fecEncoder is not null || decoder.Shape.IsKnown))
        {
            if (_fecEncoder is null)
            {
                _fecEncoder = new FecEncoder(_context, default);
                _fecEncoder.StartAt(_nextFramingId);
            }

            _fecEncoder.SetShape(decoder.Shape.IsMirrored ? decoder.Shape : default);
        }
    }

    private void DecideFec(FecUse use)
    {
        _fecUse = use;
        _mss = (ushort)MaxSegment(use);
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

            // Before its own una takes it away, an ACK must find the segment that it answers.
            bool believed = Believes(segment);
            bool answers = believed && segment.Command == Segment.Ack && _send.CanAnswer(segment.Sequence, segment.Timestamp);

            // A datagram that was overtaken on its way tells an old window; its una shows it.
            if (regular && Segment.Distance(segment.Una, _send.Una) >= 0)
            {
                _remoteWindow = segment.Window;
            }

            if (believed)
            {
                _send.AcknowledgeBefore(_context, segment.Una);
            }

            switch (segment.Command)
            {
                case Segment.Ack when answers:
                    _overtakenSeen |= _send.Acknowledge(_context, segment.Sequence, segment.Timestamp);
                    acknowledged = true;
                    echo = segment.Timestamp;
                    break;
                case Segment.Push:
                    Received(segment, payload, now);
                    break;
                case Segment.WindowAsk when _proven:
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
        if (acknowledgements > 0 && _resends.Acknowledged(acknowledgements, _options.SendWindow))
        {
            _overtakenSeen = true;
            _nextResend = now == _lastCount ? unchecked(now + 1) : now;
        }

        bool slid = _send.Una != unaBefore;
        if (slid && !_options.NoCongestionWindow)
        {
            _congestion.Acknowledged((uint)_remoteWindow, _mss);
        }

        // kcp-go flushes whenever the window slides; without anything to send that would only cost a datagram for the ACKs.
        if ((slid || _remoteWindow > windowBefore) && (_send.Waiting > 0 || (slid && _overtakenSeen)))
        {
            _flushSoon = true;
        }

        return KcpInputResult.Accepted;
    }

    private void Received(in Segment segment, ReadOnlySpan<byte> payload, uint now)
    {
        if (Segment.Distance(segment.Sequence, unchecked(_receive.Next + (uint)_options.ReceiveWindow)) >= 0 || !MayKeep(segment))
        {
            return;
        }

        if (_acks.Count == 0)
        {
            _ackDue = now + (uint)(_options.AckNoDelay ? 0 : _options.Interval);
        }

        _acks.Add(_context, segment.Sequence, segment.Timestamp, Math.Max(64, 2 * _options.ReceiveWindow));
        bool late = Segment.Distance(segment.Sequence, _receive.Next) < 0;
        if (late || !_receive.Add(_context, segment, payload, _options.ReceiveWindow))
        {
            _context.Counters.SegmentsRepeated++;
        }
        else if (payload.IsEmpty && _options.StreamMode)
        {
            // Nobody consumes nothing: of a peer that sends empty segments to stay alive they would fill the window in the end.
            Consume(0);
        }

        // Beyond ikcp: a gap is reported at once, so that the peer resends early, and a quarter of the window does not wait for
        // the interval either, or one-way bulk would stall at a window per interval.
        if ((!late && _receive.HasGap) || _acks.Count * 4 >= _options.ReceiveWindow)
        {
            _ackDue = now;
        }
    }
}
