using System.Runtime.InteropServices;

namespace Sluice.Transport.Loop;

/// <summary>Work posted to a loop, from itself or from other threads.</summary>
internal sealed class Mailbox
{
    private readonly Lock _lock = new();
    private List<(SendOrPostCallback Work, object? State)> _posted = [];
    private List<(SendOrPostCallback Work, object? State)> _running = [];
    private volatile int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Adds work. True when the mailbox was empty: the loop may be asleep and must be woken.</summary>
    public bool Add(SendOrPostCallback work, object? state)
    {
        lock (_lock)
        {
            _posted.Add((work, state));
            return ++_count == 1;
        }
    }

    /// <summary>Takes what was posted so far; valid until the next call. Later posts wait for the next turn, so that they starve nobody.</summary>
    public ReadOnlySpan<(SendOrPostCallback Work, object? State)> Take()
    {
        if (_running.Count > 0)
        {
            _running.Clear();
        }

        if (_count == 0)
        {
            return [];
        }

        lock (_lock)
        {
            (_running, _posted) = (_posted, _running);
            _count = 0;
        }

        return CollectionsMarshal.AsSpan(_running);
    }
}
