namespace Sluice.Kcp.Fec;

/// <summary>
/// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11d) and generator 2, the field of kcp-go's Reed-Solomon code. Addition is XOR.
/// </summary>
internal static class GaloisField
{
    public const int Order = 255;
    private const int Polynomial = 0x11d;
    private static readonly byte[] Logs = new byte[256];
    private static readonly byte[] Powers = new byte[Order];

    static GaloisField()
    {
        int value = 1;
        for (int i = 0; i < Order; i++)
        {
            Powers[i] = (byte)value;
            Logs[value] = (byte)i;
            value <<= 1;
            value ^= value > 255 ? Polynomial : 0;
        }
    }

    /// <summary>Returns the logarithm of a value other than 0.</summary>
    public static int Log(int value) => Logs[value];

    /// <summary>Returns 2 to a power, which may be negative.</summary>
    public static byte Power(int exponent)
    {
        int reduced = exponent % Order;
        return Powers[reduced < 0 ? reduced + Order : reduced];
    }

    public static byte Multiply(int left, int right) => left == 0 || right == 0 ? (byte)0 : Power(Logs[left] + Logs[right]);
}
