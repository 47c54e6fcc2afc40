namespace Sluice.Kcp.Arq;

/// <summary>
/// Whether the peer has proven that it receives what is sent to its address, which may be forged, and what it may cost until then.
/// </summary>
internal struct PeerProof
{
    /// <summary>
    /// Bytes of a stream that an unproven peer may be sent for each byte it sent. Acknowledgements, headers and retransmissions count
    /// (RFC 9000, section 8.1, has the same rule).
    /// </summary>
    private const int Factor = 3;

    /// <summary>
    /// One-time allowance on top of the factor, so that a short answer, such as that of a gateway's handshake, can be retransmitted to a
    /// peer that has nothing more to send.
    /// </summary>
    private const int Grace = 256;

    /// <summary>
    /// New bytes are limited to one for each byte received, plus this many once. The rest of the allowance retransmits the first segment,
    /// about as often as its timer expires within five seconds: a peer that nothing reaches can never be proven.
    /// </summary>
    private const int NewGrace = 64;

    private const int MaxAllowance = 64 * 1024;

    /// <summary>
    /// A peer is guessing after this many time stamps that were never sent. A real peer can echo one only of a transmission that several
    /// others followed.
    /// </summary>
    private const int MaxWrongEchoes = 64;

    /// <summary>Bytes kept out of order, with what it costs to keep them.</summary>
    private const int MaxEarlyBytes = 512;

    /// <summary>
    /// Bytes kept in order until the owner consumes them, with what it costs to keep them. This holds the 32 segments that an ikcp client
    /// sends before it hears anything. They arrive at once, while a gateway looks for the backend; a dropped one waits for the client's
    /// timer.
    /// </summary>
    private const int MaxReadyBytes = 64 * 1024;

    private PeerChallenge _challenge;
    private byte _wrongEchoes;
    private readonly bool _isStream;
    private bool _isProven;

    // Negative if acknowledgements cost more: what arrived is acknowledged in any case.
    private int _allowance;
    private int _newAllowance;

    public PeerProof(bool isRequired, bool isStream)
    {
        _challenge = default;
        _isStream = isStream;
        _isProven = !isRequired;
        _allowance = Grace;
        _newAllowance = NewGrace;
        _wrongEchoes = 0;
    }

    /// <summary>Whether the peer has echoed a time stamp that only its address was sent. Nothing limits a proven peer.</summary>
    public readonly bool IsProven => _isProven;

    /// <summary>Whether the peer has guessed so often that the session should end.</summary>
    public readonly bool IsGuessing => _wrongEchoes >= MaxWrongEchoes;

    /// <summary>New bytes of a stream that the peer may be sent.</summary>
    public readonly int Room =>
        IsProven || !_isStream ? int.MaxValue : Math.Max(0, _newAllowance - Segment.HeaderSize - Segment.FecOverhead);

    /// <summary>The time stamp of the challenge, which its answer echoes.</summary>
    public readonly uint ChallengeTimestamp => _challenge.Timestamp;

    /// <summary>Whether a copy of the challenge is still to be sent, at <see cref="ChallengeAt"/>.</summary>
    public readonly bool IsChallengePending => !IsProven && _challenge.IsPending;

    /// <summary>When to send the next copy of the challenge, on the clock of time stamps.</summary>
    public readonly uint ChallengeAt => _challenge.At;

    /// <summary>Starts the challenge. Does nothing if the peer is proven or was challenged before.</summary>
    public void Challenge(uint timestamp)
    {
        if (!IsProven && !_challenge.IsAsked)
        {
            _challenge.Ask(timestamp);
        }
    }

    /// <summary>Returns whether a copy of the challenge is to be sent now.</summary>
    public readonly bool IsChallengeDue(uint timestamp) => !IsProven && _challenge.IsDue(timestamp);

    /// <summary>Counts a copy of the challenge.</summary>
    public void ChallengeSent() => _challenge.Sent();

    /// <summary>Adds to the allowance for a valid datagram of the peer.</summary>
    public void DatagramReceived(int length)
    {
        if (!IsProven)
        {
            _allowance = Math.Min(MaxAllowance, _allowance + (Factor * length));
            _newAllowance = Math.Min(MaxAllowance / Factor, _newAllowance + length);
        }
    }

    /// <summary>Takes new bytes, which were accepted for sending, off the allowance.</summary>
    public void Accepted(int length) => _newAllowance -= IsProven || length == 0 ? 0 : Segment.HeaderSize + length;

    /// <summary>Takes the bytes of a flush off the allowance.</summary>
    public void Sent(int length) => _allowance -= IsProven ? 0 : length;

    /// <summary>
    /// Returns how many of the segments in flight may be retransmitted. For an unproven peer that is only the first: its echo proves as
    /// much as any other's, and its further copies can use what the others would cost. The others wait for the proof.
    /// </summary>
    public readonly int Retransmittable(int inFlight) => IsProven || !_isStream ? inFlight : Math.Min(1, inFlight);

    /// <summary>Returns whether a segment may be sent again after the bytes already written in this flush.</summary>
    public readonly bool MayRetransmit(int length, int written) =>
        IsProven || !_isStream || _allowance - written >= Segment.HeaderSize + Segment.FecOverhead + length;

    /// <summary>
    /// Returns whether a received segment may be kept. An unproven peer sends a dropped one again, as if it had been lost.
    /// </summary>
    public readonly bool MayKeep(in Segment segment, in ReceiveQueue queue)
    {
        if (IsProven)
        {
            return true;
        }

        int jump = Segment.Distance(segment.Sequence, queue.Next);
        int cost = queue.HeldBytes + segment.Length + ReceiveQueue.BytesPerSegment;
        return jump <= 0 ? cost <= MaxReadyBytes : cost + (jump * ReceiveQueue.BytesPerPlace) <= MaxEarlyBytes;
    }

    /// <summary>
    /// Returns whether to use what an unproven peer's segment says of segments sent to it: only if it echoes a time stamp that its receiver
    /// alone can know. That also proves the peer.
    /// </summary>
    public bool Examine(in Segment segment, in SendQueue queue, uint clockOffset)
    {
        if (segment.Command != Segment.Ack)
        {
            return false;
        }

        if (_challenge.IsAsked && segment.Sequence == queue.BeforeFirst)
        {
            // It acknowledges no data. If a copy was lost, it says nothing about the round trip.
            Judge(segment.Timestamp == _challenge.Timestamp);
            return false;
        }

        return queue.IsInFlight(segment.Sequence) && Judge(queue.WasSent(segment.Sequence, segment.Timestamp, clockOffset));
    }

    private bool Judge(bool isRight)
    {
        _isProven |= isRight;
        _wrongEchoes += (byte)(isRight ? 0 : 1);
        return isRight;
    }
}
