using System.Diagnostics.CodeAnalysis;

namespace Sluice.Kcp.Buffers;

/// <summary>Objects kept for reuse, the last added first, which counts how many were not needed lately.</summary>
internal sealed class FreeList<T>
    where T : class
{
    private readonly Stack<T> _free = new();
    private int _leastFree;

    /// <summary>The number of objects.</summary>
    public int Count => _free.Count;

    public void Add(T item) => _free.Push(item);

    public bool TryTake([NotNullWhen(true)] out T? item)
    {
        bool found = _free.TryPop(out item);
        _leastFree = Math.Min(_leastFree, _free.Count);
        return found;
    }

    /// <summary>Drops the objects that were not needed since the last call. Returns how many those were.</summary>
    /// <param name="dispose">Called with each of them, if they must be closed.</param>
    public int Trim(Action<T>? dispose = null)
    {
        int unused = _leastFree;
        for (int i = 0; i < unused; i++)
        {
            T item = _free.Pop();
            dispose?.Invoke(item);
        }

        _leastFree = _free.Count;
        return unused;
    }
}
