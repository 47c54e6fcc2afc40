namespace Sluice.Transport.Loop;

/// <summary>Names a scheduled timer, so that it can be cancelled. The default value names none.</summary>
public readonly struct TimerId
{
    internal TimerId(int slot, int generation)
    {
        Slot = slot;
        Generation = generation;
    }

    internal int Slot { get; }

    /// <summary>Never 0 for a real timer: a fired or cancelled timer's id goes stale instead of naming its successor.</summary>
    internal int Generation { get; }
}
