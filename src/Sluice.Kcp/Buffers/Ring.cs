namespace Sluice.Kcp.Buffers;

/// <summary>A queue on rented storage. It holds no array while it is empty. A mutable struct: do not make its field readonly.</summary>
internal struct Ring<T>
{
    private T[]? _items;
    private int _head;

    public int Count { get; private set; }

    /// <summary>The element this many places after the first.</summary>
    public readonly ref T this[int index] => ref _items![(_head + index) & (_items.Length - 1)];

    public ref T AddLast(RingStorage<T> storage)
    {
        if (_items is null)
        {
            _items = storage.Rent(RingStorage<T>.Smallest);
            _head = 0;
        }
        else if (Count == _items.Length)
        {
            Grow(storage);
        }

        return ref this[Count++];
    }

    public void RemoveFirst(RingStorage<T> storage)
    {
        this[0] = default!;
        _head = (_head + 1) & (_items!.Length - 1);
        if (--Count == 0)
        {
            storage.Return(_items);
            _items = null;
        }
    }

    public void Clear(RingStorage<T> storage)
    {
        while (Count > 0)
        {
            RemoveFirst(storage);
        }
    }

    private void Grow(RingStorage<T> storage)
    {
        T[] larger = storage.Rent(_items!.Length * 2);
        int tail = _items.Length - _head;
        Array.Copy(_items, _head, larger, 0, tail);
        Array.Copy(_items, 0, larger, tail, _head);
        Array.Clear(_items, 0, _items.Length);
        storage.Return(_items);
        _items = larger;
        _head = 0;
    }
}
