using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// The part to keep of a conversation that has ended. If its last acknowledgement was lost, the peer resends its last bytes, and would take
/// them for lost without an answer.
/// </summary>
public readonly struct KcpRemains
{
    private readonly uint _conv;
    private readonly uint _next;

    internal KcpRemains(uint conv, uint next)
    {
        _conv = conv;
        _next = next;
    }

    /// <summary>
    /// Acknowledges again the segments of a late datagram that the session had received, in one datagram that is no longer.
    /// </summary>
    /// <param name="datagram">Any bytes, decrypted if the conversation is encrypted.</param>
    /// <param name="options">The session's settings.</param>
    /// <param name="context">The session's context.</param>
    /// <param name="output">Receives the answer.</param>
    /// <returns>False if there is nothing to answer.</returns>
    public bool Answer(ReadOnlySpan<byte> datagram, KcpOptions options, KcpContext context, IKcpOutput output)
    {
        bool isFec = FecHeader.TryRead(datagram, out FecHeader fec);
        ReadOnlySpan<byte> segments = datagram;
        if ((isFec && (fec.IsParity || !FecShard.TryGetSegments(datagram.Slice(FecHeader.Size), out segments)))
            || SegmentChain.Check(segments, _conv, exact: false) != KcpInputResult.Accepted)
        {
            return false;
        }

        // The id starts a group of its own, as for a peer whose shape is unknown. No parity follows.
        FecEncoder? framing = isFec ? context.Shards.ShapelessFraming : null;
        framing?.StartAt(unchecked(fec.Id << 8));
        var writer = new DatagramWriter(output, context.Counters, framing, _conv, window: 1, _next, options);
        bool any = false;
        while (Segment.TryRead(segments, out Segment segment) && writer.BytesWritten + Segment.HeaderSize <= options.Mtu)
        {
            if (segment.Command == Segment.Push && Segment.Distance(segment.Sequence, _next) < 0)
            {
                writer.Write(Segment.Ack, 0, segment.Timestamp, segment.Sequence, default);
                any = true;
            }

            segments = segments.Slice(Segment.HeaderSize + segment.Length);
        }

        writer.Finish();
        return any;
    }
}
