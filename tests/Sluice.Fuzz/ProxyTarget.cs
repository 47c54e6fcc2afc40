using Sluice.Gateway.ProxyProtocol;
using Sluice.Transport;

namespace Sluice.Fuzz;

/// <summary>The header of a proxy: however it is split, it says the same, and what it says can be written and read again.</summary>
internal sealed class ProxyTarget : FuzzTarget
{
    private static readonly NetworkAddress IPv4 = NetworkAddress.FromBytes([192, 0, 2, 1], 4711);
    private static readonly NetworkAddress IPv6 = NetworkAddress.FromBytes([0x20, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], 65_535);

    public override string Name => "proxy";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        [.. ProxyHeaderV1.Write(IPv4, IPv4), .. "behind"u8],
        ProxyHeaderV1.Write(IPv6, IPv4),
        [.. "PROXY UNKNOWN\r\n"u8],
        [.. ProxyHeaderV2.Write(IPv4, IPv4, ((byte)0x05, "id"u8.ToArray()), ((byte)0x04, new byte[100])), .. "behind"u8],
        ProxyHeaderV2.Write(IPv6, IPv4),
        [.. ProxyHeaderV2.Signature, 0x20, 0, 0, 0],
        [.. ProxyHeaderV2.Signature, 0x21, 0x31, 0, 216, .. new byte[216]],
        [.. ProxyHeaderV2.Signature, 0x21, 0x11, 0xff, 0xff],
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        var whole = default(ProxyHeaderParser);
        ProxyHeaderStatus status = whole.Feed(input, out int consumed, out ProxyHeader header);
        Require(consumed >= 0 && consumed <= input.Length, "no more is consumed than there is");
        Require(status != ProxyHeaderStatus.Incomplete || input.Length < ProxyHeaderParser.MaxBytes, "it is decided within the bound");

        int size = 1 + (input.IsEmpty ? 0 : input[^1] % 7);
        var split = default(ProxyHeaderParser);
        ProxyHeaderStatus again = ProxyHeaderStatus.Incomplete;
        ProxyHeader splitHeader = default;
        int total = 0;
        for (int at = 0; at < input.Length && again == ProxyHeaderStatus.Incomplete; at += size)
        {
            again = split.Feed(input.Slice(at, Math.Min(size, input.Length - at)), out int part, out splitHeader);
            total += part;
        }

        Require(again == status && splitHeader == header, "the split does not matter");
        Require(status != ProxyHeaderStatus.Complete || total == consumed, "a header takes exactly its own bytes");
        if (header is { HasAddresses: true, Destination: { } destination })
        {
            CheckReadsBack(ProxyHeaderV1.Write(header.Source, destination), header);
            CheckReadsBack(ProxyHeaderV2.Write(header.Source, destination), header);
        }
    }

    private static void CheckReadsBack(byte[] written, in ProxyHeader header)
    {
        var parser = default(ProxyHeaderParser);
        ProxyHeaderStatus status = parser.Feed(written, out int consumed, out ProxyHeader read);
        Require(status == ProxyHeaderStatus.Complete && consumed == written.Length && read == header, "what is written reads back");
    }
}
