namespace Sluice.Gateway.Dialing;

/// <summary>Remembers which targets failed lately, so that sessions with another target try those last. Shared by all loops.</summary>
/// <remarks>
/// It learns from real sessions alone and only changes the order: it rejects nothing, so a client that fills it gains nothing.
/// While nothing has failed, asking it costs one read. See docs/decisions/0012-backend-health.md.
/// </remarks>
internal sealed class BackendHealth(TimeProvider time)
{
    /// <summary>Targets that are remembered; above it, the one whose last failure is the longest ago is forgotten.</summary>
    public const int MaxTargets = 10_000;

    private const long FirstPauseMs = 1_000;
    private const long LongestPauseMs = 30_000;

    /// <summary>A target not dialled for this long after its pause is forgotten, failures included.</summary>
    private const long KeptMs = 60_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<DialTarget, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _oldestFirst = [];
    private readonly long _start = time.GetTimestamp();
    private volatile int _count;

    /// <summary>The targets that are remembered now, the oldest failure first.</summary>
    public IReadOnlyList<SuspendedBackend> Snapshot()
    {
        lock (_gate)
        {
            long now = Now;
            DateTimeOffset utcNow = time.GetUtcNow();
            ForgetOld(now);
            return [.. _oldestFirst.Select(entry => new SuspendedBackend(
                entry.Target.Protocol,
                entry.Target.Address,
                entry.Target.Name,
                entry.Failures,
                utcNow.AddMilliseconds(entry.Until - now)))];
        }
    }

    /// <summary>Returns whether one of the targets from an index on is not suspended.</summary>
    public bool AnyHealthy(in TargetList targets, int from)
    {
        if (_count == 0)
        {
            return targets.Count > from;
        }

        lock (_gate)
        {
            long now = Now;
            bool found = false;
            for (int i = from; i < targets.Count && !found; i++)
            {
                found = !IsSuspended(targets[i], now);
            }

            return found;
        }
    }

    /// <summary>Returns the same targets: from an index on, those that are not suspended come first, otherwise in the same order.</summary>
    public TargetList HealthyFirst(in TargetList targets, int from = 0)
    {
        if (_count == 0 || targets.Count - from < 2)
        {
            return targets;
        }

        var healthy = new TargetList();
        var suspended = new TargetList();
        lock (_gate)
        {
            long now = Now;
            for (int i = 0; i < targets.Count; i++)
            {
                if (i >= from && IsSuspended(targets[i], now))
                {
                    suspended.Add(targets[i]);
                }
                else
                {
                    healthy.Add(targets[i]);
                }
            }
        }

        for (int i = 0; i < suspended.Count; i++)
        {
            healthy.Add(suspended[i]);
        }

        return healthy;
    }

    /// <summary>
    /// A target is about to be dialled. If its pause is over, this is the one trial, and other sessions still avoid it meanwhile.
    /// </summary>
    public void Trying(in DialTarget target)
    {
        if (_count == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_entries.TryGetValue(target, out LinkedListNode<Entry>? found) && found.Value is var entry && entry.Until <= Now)
            {
                entry.OnTrial = true;
                entry.Until = Now + Pause(entry.Failures);
            }
        }
    }

    /// <summary>The target refused, was silent, or its certificate was not trusted.</summary>
    public void Failed(in DialTarget target)
    {
        lock (_gate)
        {
            long now = Now;
            ForgetOld(now);
            if (!_entries.TryGetValue(target, out LinkedListNode<Entry>? found))
            {
                if (_entries.Count == MaxTargets)
                {
                    Forget(_oldestFirst.First!);
                }

                found = new(new Entry(target));
                _entries.Add(target, found);
                _oldestFirst.AddLast(found);
                _count = _entries.Count;
            }
            else if (!found.Value.OnTrial && now < found.Value.Until)
            {
                // Many sessions that fail within one pause say no more than one.
                return;
            }

            Entry entry = found.Value;
            entry.Failures++;
            entry.OnTrial = false;
            entry.Until = now + Pause(entry.Failures);
            _oldestFirst.Remove(found);
            _oldestFirst.AddLast(found);
        }
    }

    /// <summary>The target answered: its failures are forgotten.</summary>
    public void Answered(in DialTarget target)
    {
        if (_count == 0)
        {
            return;
        }

        lock (_gate)
        {
            if (_entries.TryGetValue(target, out LinkedListNode<Entry>? found))
            {
                Forget(found);
            }
        }
    }

    private long Now => (long)time.GetElapsedTime(_start).TotalMilliseconds;

    private bool IsSuspended(in DialTarget target, long now) =>
        _entries.TryGetValue(target, out LinkedListNode<Entry>? found) && now < found.Value.Until;

    private static long Pause(int failures) => failures > 5 ? LongestPauseMs : FirstPauseMs << (failures - 1);

    private void ForgetOld(long now)
    {
        while (_oldestFirst.First is { } oldest && oldest.Value.Until + KeptMs <= now)
        {
            Forget(oldest);
        }
    }

    private void Forget(LinkedListNode<Entry> entry)
    {
        _entries.Remove(entry.Value.Target);
        _oldestFirst.Remove(entry);
        _count = _entries.Count;
    }

    private sealed class Entry(DialTarget target)
    {
        public DialTarget Target { get; } = target;

        public int Failures { get; set; }

        public long Until { get; set; }

        public bool OnTrial { get; set; }
    }
}
