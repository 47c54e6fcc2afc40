namespace Sluice.Gateway.Dialing;

/// <summary>
/// Reuses the cancellation sources of one loop: one is needed for a moment per session, and costs some 300 bytes with its registration.
/// </summary>
internal sealed class CancellationPool
{
    private const int Kept = 64;

    private readonly Stack<CancellationTokenSource> _free = new();

    public CancellationTokenSource Rent() => _free.TryPop(out CancellationTokenSource? source) ? source : new CancellationTokenSource();

    public void Return(CancellationTokenSource source)
    {
        if (_free.Count < Kept && source.TryReset())
        {
            _free.Push(source);
        }
        else
        {
            source.Dispose();
        }
    }
}
