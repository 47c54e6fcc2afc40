namespace Sluice.Kcp.Fec;

/// <summary>Multiplies by table lookup, a byte at a time: for processors without the vector instructions, and for short shards.</summary>
internal static class PortableKernel
{
    private static readonly byte[] Products = BuildProducts();

    public static void MultiplyAdd(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        ReadOnlySpan<byte> products = Products.AsSpan(factor << 8, 256);
        target = target.Slice(0, source.Length);
        for (int i = 0; i < source.Length; i++)
        {
            target[i] ^= products[source[i]];
        }
    }

    private static byte[] BuildProducts()
    {
        var products = new byte[256 * 256];
        for (int factor = 1; factor < 256; factor++)
        {
            for (int value = 1; value < 256; value++)
            {
                products[(factor << 8) | value] = GaloisField.Multiply(factor, value);
            }
        }

        return products;
    }
}
