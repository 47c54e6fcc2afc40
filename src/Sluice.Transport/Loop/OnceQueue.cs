namespace Sluice.Transport.Loop;

/// <summary>A first-in, first-out queue that holds each object at most once: adding one that already waits does nothing.</summary>
/// <remarks>The queue checks this itself, by reference, so that no caller can ask for more than one call per turn by mistake.</remarks>
internal sealed class OnceQueue<T>
    where T : class
{
    private readonly Queue<T> _queue = new();
    private readonly HashSet<T> _members = new(ReferenceEqualityComparer.Instance);

    /// <summary>Objects that wait.</summary>
    public int Count => _queue.Count;

    /// <summary>Adds an object unless it already waits.</summary>
    public void Add(T item)
    {
        if (_members.Add(item))
        {
            _queue.Enqueue(item);
        }
    }

    /// <summary>
    /// Takes the object that has waited longest; it may be added again at once. Call only if <see cref="Count"/> is above 0.
    /// </summary>
    public T Take()
    {
        T item = _queue.Dequeue();
        _members.Remove(item);
        return item;
    }
}
