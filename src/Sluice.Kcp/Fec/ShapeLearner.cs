namespace Sluice.Kcp.Fec;

/// <summary>
/// Finds the shape of a peer's groups from ids and kinds alone, under any loss. Groups start at multiples of their size, so for each
/// possible size, every datagram limits the number of data shards: data at position p means more than p, parity at p means at most p. Sizes
/// with contradicting limits are excluded. Once a single size with a single number remains, that is the only shape that explains all
/// datagrams.
/// </summary>
internal sealed class ShapeLearner
{
    private const int Sizes = FecShape.MaxTotal + 1;
    private readonly ShardMemory _memory;
    private byte[]? _bounds;
    private uint _lastData;

    public ShapeLearner(ShardMemory memory) => _memory = memory;

    /// <summary>Adds an observation. Returns whether a single shape is left.</summary>
    public bool Observe(in FecHeader header, out FecShape shape)
    {
        shape = default;

        if (_bounds is null)
        {
            // A peer that does not know our shape yet may number its data freely, so only the data right before the first parity counts:
            // it is the last of its group.
            if (!header.IsParity)
            {
                _lastData = header.Id;
                return false;
            }

            _bounds = _memory.Buffers.Rent(2 * Sizes);
            Reset();
            if (unchecked(_lastData + 1) == header.Id)
            {
                Restrict(_lastData, isParity: false, out _);
            }
        }

        int left = Restrict(header.Id, header.IsParity, out shape);
        if (left == 0)
        {
            Reset();
        }

        bool certain = left == 1 && _bounds[shape.Total] == _bounds[Sizes + shape.Total];
        shape = certain ? shape : default;
        return certain;
    }

    public void Release()
    {
        if (_bounds is { } bounds)
        {
            _memory.Buffers.Return(bounds);
            _bounds = null;
        }
    }

    // Narrows the limits of every size. Returns how many sizes are still possible, and one of them.
    private int Restrict(uint id, bool isParity, out FecShape shape)
    {
        shape = default;
        Span<byte> least = _bounds.AsSpan(0, Sizes);
        Span<byte> most = _bounds.AsSpan(Sizes, Sizes);
        int left = 0;
        for (int size = 2; size < Sizes; size++)
        {
            if (least[size] > most[size])
            {
                continue;
            }

            int position = (int)(id % (uint)size);
            if (isParity)
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

        return left;
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
