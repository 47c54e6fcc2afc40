namespace Sluice.Gateway.Limits;

/// <summary>So many events per second of one loop; a second's worth may come at once.</summary>
internal sealed class Budget(int perSecond)
{
    private const long SecondMs = 1_000;

    private long _secondBegan = long.MinValue;
    private int _spent;

    /// <summary>Counts one. False where there is none left.</summary>
    public bool TryTake(long now)
    {
        if (_secondBegan == long.MinValue || now - _secondBegan >= SecondMs)
        {
            (_secondBegan, _spent) = (now, 0);
        }

        return _spent++ < perSecond;
    }
}
