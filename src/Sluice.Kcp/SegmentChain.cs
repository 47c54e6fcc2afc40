using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <summary>Looks a whole datagram over before any of it is used, so that a broken one changes nothing.</summary>
internal static class SegmentChain
{
    /// <summary>
    /// Checks segments back to back. Fewer than 24 bytes behind the last one are ignored, as kcp-go does,
    /// unless <paramref name="exact"/> asks that there be none.
    /// </summary>
    public static KcpInputResult Check(ReadOnlySpan<byte> bytes, uint conv, bool exact)
    {
        if (bytes.Length < Segment.HeaderSize)
        {
            return KcpInputResult.Malformed;
        }

        while (bytes.Length >= Segment.HeaderSize)
        {
            if (Segment.ReadConv(bytes) != conv)
            {
                return KcpInputResult.WrongConversation;
            }

            if (!Segment.TryRead(bytes, out Segment segment))
            {
                return KcpInputResult.Malformed;
            }

            bytes = bytes.Slice(Segment.HeaderSize + segment.Length);
        }

        return exact && bytes.Length > 0 ? KcpInputResult.Malformed : KcpInputResult.Accepted;
    }
}
