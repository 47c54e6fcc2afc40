namespace Sluice.Kcp.Buffers;

/// <summary>Arrays whose lengths are powers of two, kept for reuse: a ring is rented when its first element comes and given back when it is empty.</summary>
/// <param name="budget">Bounds what is kept. A bound on the number of arrays would be passed by every burst of many sessions, which then
/// allocate.</param>
/// <param name="elementBytes">About the size of an element.</param>
internal sealed class RingStorage<T>(RingBudget budget, int elementBytes)
{
    /// <summary>Length of the smallest array: most sessions never have more in hand.</summary>
    public const int Smallest = 4;

    /// <summary>What an array takes beside its elements.</summary>
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

    /// <summary>Takes back an array whose elements the caller has cleared of references.</summary>
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

    /// <summary>Gives back what was not needed since the last call.</summary>
    public void Trim()
    {
        for (int shift = 0; shift < _free.Length; shift++)
        {
            budget.Release(BytesOf(shift) * (_free[shift]?.Trim() ?? 0));
        }
    }

    private int BytesOf(int shift) => ArrayBytes + (elementBytes << shift);
}
