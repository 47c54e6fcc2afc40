namespace Sluice.Kcp.Fec;

/// <summary>
/// The systematic Reed-Solomon code of one shape, equal to kcp-go's (klauspost's default matrix) in every byte.
/// Parity i is the sum over the data shards j of <c>Coefficient(i, j)</c> times shard j.
/// </summary>
internal sealed class ReedSolomon
{
    private readonly byte[] _rows;

    public ReedSolomon(FecShape shape)
    {
        Shape = shape;
        _rows = new byte[shape.Parity * shape.Data];
        Span<byte> points = stackalloc byte[FecShape.MaxTotal].Slice(0, shape.Data);
        Span<byte> denominators = stackalloc byte[FecShape.MaxTotal].Slice(0, shape.Data);
        for (int i = 0; i < shape.Data; i++)
        {
            points[i] = (byte)i;
        }

        Interpolation.Denominators(points, denominators);
        for (int i = 0; i < shape.Parity; i++)
        {
            Interpolation.Coefficients(points, denominators, shape.Data + i, _rows.AsSpan(i * shape.Data, shape.Data));
        }
    }

    public FecShape Shape { get; }

    public byte Coefficient(int parity, int data) => _rows[(parity * Shape.Data) + data];
}
