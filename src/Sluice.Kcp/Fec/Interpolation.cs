namespace Sluice.Kcp.Fec;

/// <summary>
/// Lagrange interpolation. Byte i of all shards of a group are the values of one polynomial at the points 0, 1, 2, ..., and any <c>data</c>
/// of them determine the rest. This gives the rows of kcp-go's inverted Vandermonde matrix without an inversion, in quadratic instead of
/// cubic time, which limits the work that a peer with a large shape can cause.
/// </summary>
internal static class Interpolation
{
    /// <summary>
    /// Computes for each point the logarithm of the product of its differences to the others. It depends on the points alone.
    /// </summary>
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

    /// <summary>
    /// Computes the factors by which the values at <paramref name="points"/> add up to the value at another point,
    /// <paramref name="target"/>.
    /// </summary>
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
