namespace Sluice.Kcp.Buffers;

/// <summary>Arrays for rings, kept for reuse. Their lengths are powers of two.</summary>
/// <param name="budget">
/// Limits the bytes that are kept. Under a limit on the number of arrays, each burst of many sessions would allocate again.
/// </param>
/// <param name="elementBytes">The approximate size of an element.</param>
internal sealed class RingStorage<T>(RingBudget budget, int elementBytes)
{
    /// <summary>Length of the smallest array. Most sessions never need more.</summary>
    public const int Smallest = 4;

    /// <summary>Bytes of an array besides its elements.</summary>
    private const int ArrayBytes = 24;

    private readonly FreeList<T[]>?[] _free = new FreeList<T[]>?[32];

    public T[] Rent(int minimumLength)
    {
        int shift = 2;
        while (1 << shift < minimumLength)
        {
            shift++;
        }

        if (_free[shift] is not { } free || !free.TryTake(out T[]? array))
        {
            return new T[1 << shift];
        }

        budget.Release(BytesOf(shift));
        return array!;
    }

    /// <summary>Takes back an array. The caller has cleared its references.</summary>
    public void Return(T[] array)
    {
        int shift = 0;
        while (1 << shift < array.Length)
        {
            shift++;
        }

        if (budget.TryKeep(BytesOf(shift)))
        {
            (_free[shift] ??= new FreeList<T[]>()).Add(array);
        }
    }

    /// <summary>Drops the arrays that were not needed since the last call.</summary>
    public void Trim()
    {
        for (int shift = 0; shift < _free.Length; shift++)
        {
            budget.Release(BytesOf(shift) * (_free[shift]?.Trim() ?? 0));
        }
    }

    private int BytesOf(int shift) => ArrayBytes + (elementBytes << shift);
}
