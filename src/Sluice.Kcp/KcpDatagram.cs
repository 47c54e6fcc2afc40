using Sluice.Kcp.Arq;
using Sluice.Kcp.Fec;

namespace Sluice.Kcp;

/// <summary>
/// The headers of a datagram, read before any session is involved: to find its session, or to decide whether it may open one.
/// </summary>
public readonly struct KcpDatagram
{
    private KcpDatagram(uint? conv, bool isFec, bool isParity, bool canOpen)
    {
        Conv = conv;
        IsFec = isFec;
        IsParity = isParity;
        CanOpenSession = canOpen;
    }

    /// <summary>The conversation (ikcp: <c>conv</c>); null for parity, which carries none and can only be matched by address.</summary>
    public uint? Conv { get; }

    /// <summary>Whether the datagram has kcp-go's FEC header, as data or parity.</summary>
    public bool IsFec { get; }

    /// <summary>Whether the datagram is Reed-Solomon parity.</summary>
    public bool IsParity { get; }

    /// <summary>
    /// Whether this can be the first datagram of a conversation: well-formed to its end, with data number 0 (PUSH, sn 0).
    /// </summary>
    public bool CanOpenSession { get; }

    /// <summary>Reads the headers of a datagram.</summary>
    /// <param name="datagram">Any bytes, decrypted if the conversation is encrypted.</param>
    /// <param name="result">The headers.</param>
    /// <returns>False if it is neither KCP nor FEC.</returns>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out KcpDatagram result)
    {
        result = default;
        if (datagram.Length is < Segment.HeaderSize or > KcpOptions.MaxDatagram)
        {
            return false;
        }

        ReadOnlySpan<byte> segments = datagram;
        bool isFec = FecHeader.TryRead(datagram, out FecHeader fec);
        if (isFec)
        {
            if (fec.IsParity)
            {
                result = new KcpDatagram(null, true, true, false);
                return true;
            }

            if (!FecShard.TryGetSegments(datagram.Slice(FecHeader.Size), out segments))
            {
                return false;
            }
        }

        uint conv = Segment.ReadConv(segments);
        if (SegmentChain.Check(segments, conv, exact: false) != KcpInputResult.Accepted)
        {
            return false;
        }

        result = new KcpDatagram(conv, isFec, false, CarriesFirstData(segments));
        return true;
    }

    private static bool CarriesFirstData(ReadOnlySpan<byte> segments)
    {
        while (Segment.TryRead(segments, out Segment segment))
        {
            if (segment.Command == Segment.Push && segment.Sequence == 0)
            {
                return true;
            }

            segments = segments.Slice(Segment.HeaderSize + segment.Length);
        }

        return false;
    }
}
