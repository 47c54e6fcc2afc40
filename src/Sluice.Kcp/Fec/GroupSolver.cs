using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Fec;

/// <summary>The arithmetic of a group: verifies a shape, and computes missing data.</summary>
internal static class GroupSolver
{
    /// <summary>
    /// Returns whether the shards of a group agree under this shape. The group has at least one more than its data shards.
    /// </summary>
    public static bool Proves(ref FecGroup group, FecShape shape, KcpBufferPool buffers)
    {
        Span<byte> points = stackalloc byte[FecShape.MaxTotal].Slice(0, shape.Data);
        Span<byte> denominators = stackalloc byte[FecShape.MaxTotal].Slice(0, shape.Data);
        int extra = Choose(ref group, shape, points, out int longest);
        Interpolation.Denominators(points, denominators);
        byte[] expected = buffers.Rent(longest);
        Span<byte> sum = expected.AsSpan(0, longest);
        Compute(ref group, points, denominators, extra, sum);
        ReadOnlySpan<byte> present = group[extra].Span;
        bool agrees = sum.Slice(0, present.Length).SequenceEqual(present);
        for (int i = present.Length; agrees && i < longest; i++)
        {
            agrees = sum[i] == 0;
        }

        buffers.Return(expected);
        return agrees;
    }

    /// <summary>
    /// Adds each missing data shard to <paramref name="restored"/>. The group has at least as many shards as data shards.
    /// </summary>
    public static void Restore(ref FecGroup group, FecShape shape, ShardMemory memory, ref Ring<FecShard> restored)
    {
        Span<byte> points = stackalloc byte[FecShape.MaxTotal].Slice(0, shape.Data);
        Span<byte> denominators = stackalloc byte[FecShape.MaxTotal].Slice(0, shape.Data);
        Choose(ref group, shape, points, out int longest);
        Interpolation.Denominators(points, denominators);
        for (int position = 0; position < shape.Data; position++)
        {
            if (group[position].Buffer is null)
            {
                byte[] buffer = memory.Buffers.Rent(longest);
                Compute(ref group, points, denominators, position, buffer.AsSpan(0, longest));
                restored.AddLast(memory.ShardLists) = new FecShard { Buffer = buffer, Length = longest };
            }
        }
    }

    // Chooses the first shards, as many as needed. Returns the position of the next shard after them, or -1.
    private static int Choose(ref FecGroup group, FecShape shape, Span<byte> points, out int longest)
    {
        int chosen = 0;
        int extra = -1;
        longest = 0;
        for (int position = 0; position < shape.Total; position++)
        {
            if (group[position].Buffer is null)
            {
                continue;
            }

            longest = Math.Max(longest, group[position].Length);
            if (chosen < points.Length)
            {
                points[chosen++] = (byte)position;
            }
            else if (extra < 0)
            {
                extra = position;
            }
        }

        return extra;
    }

    private static void Compute(ref FecGroup group, ReadOnlySpan<byte> points, ReadOnlySpan<byte> denominators, int target, Span<byte> sum)
    {
        Span<byte> coefficients = stackalloc byte[FecShape.MaxTotal].Slice(0, points.Length);
        Interpolation.Coefficients(points, denominators, target, coefficients);
        sum.Clear();
        for (int i = 0; i < points.Length; i++)
        {
            GaloisKernel.MultiplyAdd(coefficients[i], group[points[i]].Span, sum);
        }
    }
}
