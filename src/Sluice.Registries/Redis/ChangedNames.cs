namespace Sluice.Registries.Redis;

/// <summary>Names whose values must be read again. Each is kept once, so that ten thousand changes of one node cost one read.</summary>
internal sealed class ChangedNames
{
    private readonly Lock _gate = new();
    private HashSet<string> _names = new(StringComparer.Ordinal);
    private TaskCompletionSource _some = New();

    /// <summary>Adds a name. Thread-safe.</summary>
    public void Add(string name)
    {
        lock (_gate)
        {
            _names.Add(name);
            _some.TrySetResult();
        }
    }

    /// <summary>Waits for a name, up to a time limit.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        Task some;
        lock (_gate)
        {
            some = _some.Task;
        }

        if (!some.IsCompleted)
        {
            await Task.WhenAny(some, Task.Delay(longest, cancellation)).ConfigureAwait(false);
        }

        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Removes and returns all names.</summary>
    public IReadOnlyCollection<string> TakeAll()
    {
        lock (_gate)
        {
            if (_names.Count == 0)
            {
                return [];
            }

            HashSet<string> names = _names;
            _names = new HashSet<string>(StringComparer.Ordinal);
            _some = New();
            return names;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
