using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>IPv4 addresses inside an IPv6 address that packets to it may end up at.</summary>
internal static class EmbeddedIPv4
{
    /// <summary>Readings that one address has at most.</summary>
    public const int Most = 4;

    private static readonly AddressRange Nat64 = AddressRange.Parse("64:ff9b::/96");          // RFC 6052
    private static readonly AddressRange LocalNat64 = AddressRange.Parse("64:ff9b:1::/48");   // RFC 8215
    private static readonly AddressRange Translated = AddressRange.Parse("::ffff:0:0:0/96");  // RFC 2765
    private static readonly AddressRange Compatible = AddressRange.Parse("::/96");            // RFC 4291 2.5.5.1
    private static readonly AddressRange SixToFour = AddressRange.Parse("2002::/16");         // RFC 3056

    /// <summary>
    /// Where RFC 6052 puts the four bytes behind a prefix of 48, 56 and 64 bits, byte 8 left out, which has no part in it.
    /// </summary>
    private static ReadOnlySpan<byte> BehindShorterPrefixes => [6, 7, 8];

    /// <summary>Reads them, each with the port of the address.</summary>
    /// <param name="address">What is about to be dialled.</param>
    /// <param name="found">Takes them; room for <see cref="Most"/>.</param>
    /// <returns>How many there are.</returns>
    public static int Read(in NetworkAddress address, Span<NetworkAddress> found)
    {
        if (address.IsIPv4)
        {
            return 0;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.WriteIPv6(bytes);
        int count = 0;
        if (SixToFour.Contains(address))
        {
            found[count++] = NetworkAddress.FromBytes(bytes.Slice(2, 4), address.Port);
        }
        else if (LocalNat64.Contains(address) || Nat64.Contains(address) || Translated.Contains(address) || IsCompatible(address, bytes))
        {
            found[count++] = NetworkAddress.FromBytes(bytes[12..], address.Port);
        }

        if (LocalNat64.Contains(address))
        {
            // Which prefix inside the range a network has cannot be known here: whatever one of them could mean is looked at.
            bytes[9..].CopyTo(bytes[8..]);
            foreach (byte start in BehindShorterPrefixes)
            {
                // A zero is what stands there under a longer prefix, and no host.
                if (bytes[start] != 0)
                {
                    found[count++] = NetworkAddress.FromBytes(bytes.Slice(start, 4), address.Port);
                }
            }
        }

        return count;
    }

    /// <summary>::1 and its neighbours share the range with the compatible addresses; they are not IPv4 in disguise.</summary>
    private static bool IsCompatible(in NetworkAddress address, ReadOnlySpan<byte> bytes) =>
        Compatible.Contains(address) && bytes[12..14].ContainsAnyExcept((byte)0);
}
