namespace Sluice.Kcp.Fec;

/// <summary>
/// Finds the shape of a peer's groups from ids and kinds alone, under any loss. Groups start at multiples of their size, so for each size every
/// datagram bounds the number of data shards: data at position p means more than p, parity at p means at most p. What contradicts itself is
/// out. When one size with one number is left, that is the only shape that explains all that was seen.
/// </summary>
internal sealed class ShapeLearner
{
    private const int Sizes = FecShape.MaxTotal + 1;
    private readonly KcpContext _context;
    private byte[]? _bounds;

    public ShapeLearner(KcpContext context) => _context = context;

    /// <summary>Adds an observation. True where just one shape is left.</summary>
    public bool Observe(in FecHeader header, out FecShape shape)
    {
        shape = default;

        // Data before the first parity teaches little, and a peer that does not know our shape yet numbers it freely.
        if (_bounds is null && !header.IsParity)
        {
            return false;
        }

        if (_bounds is null)
        {
            _bounds = _context.Buffers.Rent(2 * Sizes);
            Reset();
        }

        Span<byte> least = _bounds.AsSpan(0, Sizes);
        Span<byte> most = _bounds.AsSpan(Sizes, Sizes);
        int left = 0;
        for (int size = 2; size < Sizes; size++)
        {
            if (least[size] > most[size])
            {
                continue;
            }

            int position = (int)(header.Id % (uint)size);
            if (header.IsParity)
            {
                most[size] = (byte)Math.Min(most[size], position);
            }
            else
            {
                least[size] = (byte)Math.Max(least[size], position + 1);
            }

            if (least[size] <= most[size])
            {
                left++;
                shape = new FecShape(least[size], size - least[size]);
            }
        }

        if (left == 0)
        {
            Reset();
        }

        bool certain = left == 1 && least[shape.Total] == most[shape.Total];
        shape = certain ? shape : default;
        return certain;
    }

    public void Release()
    {
        if (_bounds is { } bounds)
        {
            _context.Buffers.Return(bounds);
            _bounds = null;
        }
    }

    private void Reset()
    {
        for (int size = 0; size < Sizes; size++)
        {
            _bounds![size] = 1;
            _bounds[Sizes + size] = (byte)Math.Max(0, size - 1);
        }
    }
}
