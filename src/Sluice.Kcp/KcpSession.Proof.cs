using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <content>A peer that has not shown yet that it receives what is sent to its address, which may be forged.</content>
public sealed partial class KcpSession
{
    /// <summary>Bytes that such a peer may be sent for each that it sent: acknowledgements, headers and repetitions count (RFC 9000 section 8.1 has the same rule).</summary>
    private const int UnprovenFactor = 3;

    /// <summary>
    /// So many more, once, for what a lost datagram makes necessary: the peer may have nothing more to send, and then earns nothing more. Enough to
    /// repeat a short answer, such as that to a gateway's handshake, four times and more.
    /// </summary>
    private const int UnprovenGrace = 256;

    /// <summary>Time stamps that were never sent, after which the peer is a guesser. A real one echoes such only by a transmission long overtaken.</summary>
    private const int MostWrongEchoes = 16;

    /// <summary>What is kept out of order, with what it costs to keep it: a peer that is not proven may lie for long.</summary>
    private const int EarlyBytesBeforeProof = 512;

    /// <summary>
    /// What is kept in order before the owner has consumed it, likewise. Room for the 32 segments that a client of ikcp sends before it has heard anything:
    /// they come at once, while a gateway still looks for the backend, and what is dropped of them waits for the client's timer.
    /// </summary>
    private const int BytesBeforeProof = 64 * 1024;

    private const int MostAllowance = 64 * 1024;

    // May become negative: a gap is reported and a window told to the peer whatever it costs.
    private int _allowance = UnprovenGrace;
    private byte _wrongEchoes;
    private bool _proven;

    /// <summary>
    /// True once the peer has echoed the time of a segment that was sent to it: it is where it says it is. True from the start without
    /// <see cref="KcpOptions.RequireProof"/>. Until then nothing is believed that it says of what was sent to it.
    /// </summary>
    public bool IsPeerProven => _proven;

    /// <summary>Further bytes of a stream that may leave to a peer that is not proven.</summary>
    private int UnprovenRoom
    {
        get
        {
            int room = _allowance - UnprovenGrace - Segment.HeaderSize - Segment.FecOverhead;
            for (int i = _send.InFlight; i < _send.Count; i++)
            {
                room -= Segment.HeaderSize + _send[i].Length;
            }

            return Math.Max(0, room);
        }
    }

    private void Earn(int received) => _allowance = Math.Min(MostAllowance, _allowance + (UnprovenFactor * received));

    /// <summary>Whether a segment may be sent once more, behind so many bytes of this flush.</summary>
    private bool MayRepeat(int length, int written) => _proven || _allowance - written >= Segment.HeaderSize + Segment.FecOverhead + length;

    /// <summary>Whether what a segment says of our own is to be believed: its time stamp is one that only its receiver knows.</summary>
    private bool Believes(in Segment segment)
    {
        if (_proven || segment.Command != Segment.Ack || !_send.IsInFlight(segment.Sequence))
        {
            return _proven;
        }

        _proven = _send.WasSent(segment.Sequence, segment.Timestamp, _clockOffset);
        _isDead |= !_proven && ++_wrongEchoes >= MostWrongEchoes;
        return _proven;
    }

    // A peer that is not proven sends again what found no room, as if it had been lost.
    private bool MayKeep(in Segment segment) =>
        _proven
        || _receive.HeldBytes + segment.Length + ReceiveQueue.BytesPerSegment
            <= (Segment.Distance(segment.Sequence, _receive.Next) <= 0 ? BytesBeforeProof : EarlyBytesBeforeProof);
}
