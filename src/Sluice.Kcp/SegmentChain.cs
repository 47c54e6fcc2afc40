using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <summary>Checks a whole datagram before any of it is used, so that a malformed one changes nothing.</summary>
internal static class SegmentChain
{
    /// <summary>
    /// Checks segments that follow each other. Fewer than 24 bytes after the last one are ignored, as in kcp-go, unless
    /// <paramref name="exact"/> is set.
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
