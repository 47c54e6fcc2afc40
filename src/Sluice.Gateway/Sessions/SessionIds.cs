namespace Sluice.Gateway.Sessions;

/// <summary>Numbers the sessions of all loops, from 1.</summary>
internal sealed class SessionIds
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
