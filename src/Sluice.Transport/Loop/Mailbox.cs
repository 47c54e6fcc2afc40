using System.Runtime.InteropServices;

namespace Sluice.Transport.Loop;

/// <summary>Work posted to a loop, from itself or from other threads.</summary>
internal sealed class Mailbox
{
    private readonly Lock _lock = new();
    private List<(SendOrPostCallback Work, object? State)> _posted = [];
    private List<(SendOrPostCallback Work, object? State)> _running = [];
    private volatile int _count;
    private bool _closed;

    public bool IsEmpty => _count == 0;

    /// <summary>Adds work; false once it is closed.</summary>
    /// <param name="work">What to run.</param>
    /// <param name="state">Its argument.</param>
    /// <param name="wasEmpty">Whether the loop may be asleep and must be woken.</param>
    public bool TryAdd(SendOrPostCallback work, object? state, out bool wasEmpty)
    {
        lock (_lock)
        {
            wasEmpty = _count == 0;
            if (_closed)
            {
                return false;
            }

            _posted.Add((work, state));
            _count++;
            return true;
        }
    }

    /// <summary>Takes no more; what is in it can still be taken out.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }

    /// <summary>
    /// Takes what was posted so far; valid until the next call. Later posts wait for the next turn, so that they do not starve other work.
    /// </summary>
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
