namespace Sluice.Kcp.Arq;

/// <summary>When to ask a peer with a closed window for its window: after 7 s, then at intervals that grow by half up to 120 s.</summary>
internal struct WindowProbe
{
    private const int First = 7_000;
    private const int Longest = 120_000;
    private int _wait;

    /// <summary>The time of the next question. Undefined unless <see cref="Armed"/>.</summary>
    public uint At { get; private set; }

    public readonly bool Armed => _wait > 0;

    public void Arm(uint now)
    {
        if (_wait == 0)
        {
            _wait = First;
            At = now + First;
        }
    }

    public void Disarm() => _wait = 0;

    /// <summary>Returns whether the question is due, and if so, schedules the next one.</summary>
    public bool Take(uint now)
    {
        if (!Armed || Segment.Distance(now, At) < 0)
        {
            return false;
        }

        _wait = Math.Min(_wait + (_wait / 2), Longest);
        At = now + (uint)_wait;
        return true;
    }
}
