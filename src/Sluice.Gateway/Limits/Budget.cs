namespace Sluice.Gateway.Limits;

/// <summary>A number of events per second on one loop; all of a second may come at once.</summary>
internal sealed class Budget(int perSecond)
{
    private const long SecondMs = 1_000;

    private long _secondBegan = long.MinValue;
    private int _spent;

    /// <summary>Counts one event. Returns false if none is left in this second.</summary>
    public bool TryTake(long now)
    {
        if (_secondBegan == long.MinValue || now - _secondBegan >= SecondMs)
        {
            (_secondBegan, _spent) = (now, 0);
        }

        return _spent++ < perSecond;
    }
}
