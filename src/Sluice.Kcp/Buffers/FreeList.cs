using System.Diagnostics.CodeAnalysis;

namespace Sluice.Kcp.Buffers;

/// <summary>Objects that wait for reuse, the latest first, and how many of them were not needed lately.</summary>
internal sealed class FreeList<T>
    where T : class
{
    private readonly Stack<T> _free = new();
    private int _leastFree;

    public void Add(T item) => _free.Push(item);

    public bool TryTake([NotNullWhen(true)] out T? item)
    {
        bool found = _free.TryPop(out item);
        _leastFree = Math.Min(_leastFree, _free.Count);
        return found;
    }

    /// <summary>Forgets the objects that waited all the time since the last call. Returns how many those were.</summary>
    public int Trim()
    {
        int unused = _leastFree;
        for (int i = 0; i < unused; i++)
        {
            _free.Pop();
        }

        _leastFree = _free.Count;
        return unused;
    }
}
