using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <content>A peer that has not shown yet that it receives what is sent to its address, which may be forged.</content>
public sealed partial class KcpSession
{
    /// <summary>Bytes that such a peer may be sent for each that it sent: acknowledgements, headers and repetitions count (RFC 9000 section 8.1 has the same rule).</summary>
    private const int UnprovenFactor = 3;

    /// <summary>So many more, once: a short answer, such as that to a gateway's handshake, can be repeated to a peer that has nothing more to send, and earns nothing more.</summary>
    private const int UnprovenGrace = 256;

    /// <summary>
    /// How much of that may be new: a byte for each that came, and so many more, once. What is kept back repeats the first of it, about as often as its timer
    /// allows within five seconds, since who is never reached is never proven.
    /// </summary>
    private const int UnprovenFirst = 64;

    /// <summary>Time stamps that were never sent, after which the peer is a guesser. A real one echoes such only by a transmission long overtaken.</summary>
    private const int MostWrongEchoes = 64;

    /// <summary>What is kept out of order, with what it costs to keep it: a peer that is not proven may lie for long.</summary>
    private const int EarlyBytesBeforeProof = 512;

    /// <summary>
    /// What is kept in order before the owner has consumed it, likewise. Room for the 32 segments that a client of ikcp sends before it has heard anything:
    /// they come at once, while a gateway still looks for the backend, and what is dropped of them waits for the client's timer.
    /// </summary>
    private const int BytesBeforeProof = 64 * 1024;

    private const int MostAllowance = 64 * 1024;

    // Of a stream. May become negative: what came is acknowledged whatever it costs.
    private int _allowance = UnprovenGrace;
    private int _newAllowance = UnprovenFirst;
    private PeerChallenge _challenge;
    private byte _wrongEchoes;
    private bool _proven;

    /// <summary>
    /// True once the peer has echoed the time of a segment that was sent to it: it is where it says it is. True from the start without
    /// <see cref="KcpOptions.RequireProof"/>. Until then nothing is believed that it says of what was sent to it.
    /// </summary>
    public bool IsPeerProven => _proven;

    /// <summary>
    /// Asks a peer that is not proven to prove its address before anything is sent to it: it is sent an empty PUSH with the number before the first, which
    /// every ikcp acknowledges and hands to nobody. It goes out with the next <see cref="Update"/>, and then each half second, ten times at most. <see cref="IsPeerProven"/>
    /// says when the answer has come. Nothing is asked of a peer that is proven, or was asked before.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    public void ChallengePeer(long now)
    {
        if (!_proven && !_challenge.IsAsked)
        {
            _challenge.Ask(unchecked((uint)now + _clockOffset));
        }
    }

    /// <summary>Further bytes of a stream that a peer may be sent.</summary>
    private int UnprovenRoom => _proven || !_options.StreamMode ? int.MaxValue : Math.Max(0, _newAllowance - Segment.HeaderSize - Segment.FecOverhead);

    private void Earn(int received)
    {
        _allowance = Math.Min(MostAllowance, _allowance + (UnprovenFactor * received));
        _newAllowance = Math.Min(MostAllowance / UnprovenFactor, _newAllowance + received);
    }

    private void Spend(int taken) => _newAllowance -= _proven || taken == 0 ? 0 : Segment.HeaderSize + taken;

    /// <summary>
    /// How many of the segments in flight are repeated at all. To a peer that is not proven only the first: its echo proves as much as any other's, and what
    /// the others would cost repeats it once more. They wait for the proof.
    /// </summary>
    private int Repeatable => _proven || !_options.StreamMode ? _send.InFlight : Math.Min(1, _send.InFlight);

    /// <summary>Whether a segment may be sent once more, behind so many bytes of this flush.</summary>
    private bool MayRepeat(int length, int written) =>
        _proven || !_options.StreamMode || _allowance - written >= Segment.HeaderSize + Segment.FecOverhead + length;

    /// <summary>Whether what a segment says of our own is to be believed: its time stamp is one that only its receiver knows.</summary>
    private bool Believes(in Segment segment)
    {
        if (_proven || segment.Command != Segment.Ack)
        {
            return _proven;
        }

        if (_challenge.IsAsked && segment.Sequence == ChallengeSequence)
        {
            // It acknowledges nothing, and says nothing of the round trip where a copy was lost.
            Judge(segment.Timestamp == _challenge.Timestamp);
            return false;
        }

        return _send.IsInFlight(segment.Sequence) && Judge(_send.WasSent(segment.Sequence, segment.Timestamp, _clockOffset));
    }

    /// <summary>The peer has echoed a time, the right one or not. Returns which.</summary>
    private bool Judge(bool right)
    {
        if (right)
        {
            // What was due meanwhile and had to wait goes at once.
            _proven = true;
            _nextResend = _lastFlush;
            _fecEncoder?.StartAt(_nextFramingId);
        }
        else
        {
            _isDead |= ++_wrongEchoes >= MostWrongEchoes;
        }

        return right;
    }

    /// <summary>A number that the peer has received, as it must think: nothing is before the first.</summary>
    private uint ChallengeSequence => unchecked(_send.Una - 1);

    private void WriteChallenge(ref DatagramWriter writer)
    {
        _challenge.Sent();
        if (MayRepeat(0, writer.BytesWritten))
        {
            writer.Write(Segment.Push, 0, _challenge.Timestamp, ChallengeSequence, default);
            _context.Counters.PeersChallenged++;
        }
    }

    // A peer that is not proven sends again what found no room, as if it had been lost.
    private bool MayKeep(in Segment segment)
    {
        if (_proven)
        {
            return true;
        }

        int jump = Segment.Distance(segment.Sequence, _receive.Next);
        int cost = _receive.HeldBytes + segment.Length + ReceiveQueue.BytesPerSegment;
        return jump <= 0 ? cost <= BytesBeforeProof : cost + (jump * ReceiveQueue.BytesPerPlace) <= EarlyBytesBeforeProof;
    }
}
