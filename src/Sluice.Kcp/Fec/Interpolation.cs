namespace Sluice.Kcp.Fec;

/// <summary>
/// The code, seen as what it is: byte i of all shards of a group are the values of one polynomial at the points 0, 1, 2, ..., and any
/// <c>data</c> of them determine the rest (Lagrange). This gives the rows of kcp-go's inverted Vandermonde matrix without inverting
/// anything, in quadratic instead of cubic time, which bounds what a peer with a large shape can make us compute.
/// </summary>
internal static class Interpolation
{
    /// <summary>For each point the logarithm of the product of its differences to the others; depends on the points alone.</summary>
    public static void Denominators(ReadOnlySpan<byte> points, Span<byte> logs)
    {
        for (int a = 0; a < points.Length; a++)
        {
            int sum = 0;
            for (int b = 0; b < points.Length; b++)
            {
                sum += a == b ? 0 : GaloisField.Log(points[a] ^ points[b]);
            }

            logs[a] = (byte)(sum % GaloisField.Order);
        }
    }

    /// <summary>The factors by which the values at <paramref name="points"/> add up to the value at <paramref name="target"/>, which is none of them.</summary>
    public static void Coefficients(ReadOnlySpan<byte> points, ReadOnlySpan<byte> denominators, int target, Span<byte> coefficients)
    {
        int numerator = 0;
        foreach (byte point in points)
        {
            numerator += GaloisField.Log(target ^ point);
        }

        for (int i = 0; i < points.Length; i++)
        {
            coefficients[i] = GaloisField.Power(numerator - GaloisField.Log(target ^ points[i]) - denominators[i]);
        }
    }
}
