namespace Sluice.Transport.Files;

/// <summary>
/// Looks at something every second, for example at a file, and reports a change once two looks in a row saw the same.
/// </summary>
/// <remarks>
/// Polling sees what notifications miss: network file systems, and directories that a container platform swaps by a link. Two looks, so
/// that
/// what is being replaced is not read by halves.
/// </remarks>
/// <typeparam name="T">What a look sees.</typeparam>
public sealed class SettledWatch<T> : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Func<T> _look;
    private readonly Func<T, T, bool> _same;
    private readonly Action<T> _changed;
    private readonly Lock _looking = new();
    private readonly ITimer _timer;
    private T _told;
    private T _seen;

    /// <summary>Begins to watch.</summary>
    /// <param name="first">What was seen before, and is in use.</param>
    /// <param name="look">Looks. Called on the thread pool, like the others; none of them may throw, since nothing could catch it.</param>
    /// <param name="same">Returns true if two looks saw the same.</param>
    /// <param name="changed">Receives what is there now.</param>
    /// <param name="time">The clock.</param>
    public SettledWatch(T first, Func<T> look, Func<T, T, bool> same, Action<T> changed, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _told = _seen = first;
        _look = look;
        _same = same;
        _changed = changed;
        _timer = time.CreateTimer(static self => ((SettledWatch<T>)self!).Look(), this, Interval, Interval);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        // A look that takes longer than the interval is not joined by another.
        if (!_looking.TryEnter())
        {
            return;
        }

        try
        {
            T now = _look();
            bool settled = _same(now, _seen);
            _seen = now;
            if (settled && !_same(now, _told))
            {
                _told = now;
                _changed(now);
            }
        }
        finally
        {
            _looking.Exit();
        }
    }
}
