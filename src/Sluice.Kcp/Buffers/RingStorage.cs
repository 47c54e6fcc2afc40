namespace Sluice.Kcp.Buffers;

/// <summary>Arrays whose lengths are powers of two, kept for reuse: a ring is rented when its first element comes and given back when it is empty.</summary>
internal sealed class RingStorage<T>
{
    /// <summary>Length of the smallest array: most sessions never have more in hand.</summary>
    public const int Smallest = 4;

    // Keeping every array a burst needed would hold memory for ever; so many per size cover the sessions active at one time.
    private const int KeptPerSize = 256;
    private readonly Stack<T[]>?[] _free = new Stack<T[]>?[32];

    public T[] Rent(int minimumLength)
    {
        int shift = 2;
        while (1 << shift < minimumLength)
        {
            shift++;
        }

        return _free[shift] is { Count: > 0 } free ? free.Pop() : new T[1 << shift];
    }

    /// <summary>Takes back an array whose elements the caller has cleared of references.</summary>
    public void Return(T[] array)
    {
        int shift = 0;
        while (1 << shift < array.Length)
        {
            shift++;
        }

        Stack<T[]> free = _free[shift] ??= new Stack<T[]>();
        if (free.Count < KeptPerSize)
        {
            free.Push(array);
        }
    }
}
