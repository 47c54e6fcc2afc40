namespace Sluice.Transport.Loop;

/// <summary>Finds the target of an event by its token: slot and generation.</summary>
/// <remarks>
/// The generation keeps an event of a closed descriptor from reaching the target that took over its slot in the same turn.
/// </remarks>
internal sealed class PollTargetTable
{
    private (IPollTarget? Target, int Generation)[] _slots = new (IPollTarget?, int)[64];
    private readonly Stack<int> _free = new();
    private int _used;

    public long Add(IPollTarget target)
    {
        if (!_free.TryPop(out int slot))
        {
            if (_used == _slots.Length)
            {
                Array.Resize(ref _slots, _used * 2);
            }

            slot = _used++;
        }

        int generation = (_slots[slot].Generation + 1) & int.MaxValue;
        _slots[slot] = (target, generation);
        return ((long)generation << 32) | (uint)slot;
    }

    public IPollTarget? Find(long token)
    {
        int slot = (int)token;
        return (uint)slot < (uint)_used && _slots[slot].Generation == (int)(token >> 32) ? _slots[slot].Target : null;
    }

    /// <summary>Every target there is, as a copy: some may go while it is looked through.</summary>
    public IPollTarget[] All() => [.. _slots.Select(slot => slot.Target).OfType<IPollTarget>()];

    public void Replace(long token, IPollTarget target)
    {
        if (Find(token) is not null)
        {
            _slots[(int)token].Target = target;
        }
    }

    public void Remove(long token)
    {
        int slot = (int)token;
        if (Find(token) is not null)
        {
            _slots[slot].Target = null;
            _free.Push(slot);
        }
    }
}
