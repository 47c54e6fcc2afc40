using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// What is worth remembering of a conversation that is over: if its last acknowledgement was lost, the other end sends its last bytes again, and
/// would take them for lost.
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

    /// <summary>Acknowledges once more what of a late datagram was received in its time; the answer is one datagram, no longer than that. Starts nothing.</summary>
    /// <param name="datagram">Decrypted where there is encryption.</param>
    /// <param name="options">The session's settings.</param>
    /// <param name="context">The session's context.</param>
    /// <param name="output">Takes the answer.</param>
    /// <returns>False where there is nothing to say.</returns>
    public bool Answer(ReadOnlySpan<byte> datagram, KcpOptions options, KcpContext context, IKcpOutput output)
    {
        bool isFec = FecHeader.TryRead(datagram, out FecHeader fec);
        ReadOnlySpan<byte> segments = datagram;
        if ((isFec && (fec.IsParity || !FecShard.TryGetSegments(datagram.Slice(FecHeader.Size), out segments)))
            || SegmentChain.Check(segments, _conv, exact: false) != KcpInputResult.Accepted)
        {
            return false;
        }

        // The id is one of a group of its own, as before a shape is known; no parity follows.
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
