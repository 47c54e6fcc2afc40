namespace Sluice.Transport.Loop;

/// <summary>The timers of one loop: a binary heap over reusable slots, so that a timer costs no object of its own.</summary>
/// <remarks>Pure: time is passed in as milliseconds. Schedule and cancel are O(log n).</remarks>
internal sealed class TimerQueue
{
    private const int None = -1;

    private Slot[] _slots = new Slot[16];
    private int[] _heap = new int[16];
    private int _freeSlot = None;
    private int _usedSlots;

    /// <summary>Timers that are scheduled now.</summary>
    public int Count { get; private set; }

    /// <summary>Due time of the earliest timer, or <see cref="long.MaxValue"/>.</summary>
    public long NextDue => Count == 0 ? long.MaxValue : _slots[_heap[0]].Due;

    public TimerId Schedule(ITimerTarget target, long due, int kind)
    {
        int slot = TakeSlot();
        ref Slot timer = ref _slots[slot];
        timer.Target = target;
        timer.Due = due;
        timer.Kind = kind;
        timer.Generation = timer.Generation == int.MaxValue ? 1 : timer.Generation + 1;
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, Count * 2);
        }

        SiftUp(Count++, slot);
        return new TimerId(slot, timer.Generation);
    }

    /// <summary>Removes a timer. A stale id, or none, does nothing.</summary>
    public bool Cancel(TimerId id)
    {
        if (id.Generation == 0 || (uint)id.Slot >= (uint)_usedSlots)
        {
            return false;
        }

        ref Slot timer = ref _slots[id.Slot];
        if (timer.Generation != id.Generation || timer.Target is null)
        {
            return false;
        }

        Remove(timer.HeapIndex);
        return true;
    }

    /// <summary>Takes the earliest timer if it is due at <paramref name="now"/>.</summary>
    public bool TryTakeDue(long now, out ITimerTarget target, out int kind)
    {
        if (Count == 0 || _slots[_heap[0]].Due > now)
        {
            target = null!;
            kind = 0;
            return false;
        }

        ref Slot timer = ref _slots[_heap[0]];
        target = timer.Target!;
        kind = timer.Kind;
        Remove(0);
        return true;
    }

    private int TakeSlot()
    {
        if (_freeSlot != None)
        {
            int slot = _freeSlot;
            _freeSlot = _slots[slot].HeapIndex;
            return slot;
        }

        if (_usedSlots == _slots.Length)
        {
            Array.Resize(ref _slots, _usedSlots * 2);
        }

        return _usedSlots++;
    }

    private void Remove(int heapIndex)
    {
        int slot = _heap[heapIndex];
        int moved = _heap[--Count];
        if (heapIndex < Count)
        {
            SiftDown(heapIndex, moved);
            if (_heap[heapIndex] == moved)
            {
                SiftUp(heapIndex, moved);
            }
        }

        _slots[slot].Target = null;
        _slots[slot].HeapIndex = _freeSlot;
        _freeSlot = slot;
    }

    private void SiftUp(int index, int slot)
    {
        long due = _slots[slot].Due;
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (_slots[_heap[parent]].Due <= due)
            {
                break;
            }

            Place(index, _heap[parent]);
            index = parent;
        }

        Place(index, slot);
    }

    private void SiftDown(int index, int slot)
    {
        long due = _slots[slot].Due;
        while (true)
        {
            int child = (index * 2) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _slots[_heap[child + 1]].Due < _slots[_heap[child]].Due)
            {
                child++;
            }

            if (_slots[_heap[child]].Due >= due)
            {
                break;
            }

            Place(index, _heap[child]);
            index = child;
        }

        Place(index, slot);
    }

    private void Place(int heapIndex, int slot)
    {
        _heap[heapIndex] = slot;
        _slots[slot].HeapIndex = heapIndex;
    }

    private struct Slot
    {
        public ITimerTarget? Target;
        public long Due;
        public int Kind;
        public int Generation;

        /// <summary>Place in the heap while scheduled; the next free slot while not.</summary>
        public int HeapIndex;
    }
}
