namespace Sluice.Transport.Loop;

/// <summary>The time up to which a loop may fire its timers: never later than the moment at which it last looked at its sockets.</summary>
/// <remarks>
/// <para>
/// A process can stand still at any instant: SIGSTOP, a paused container, a snapshot of its virtual machine, a laptop that sleeps. When it
/// goes on, every deadline has passed, but the sockets hold what the peers sent meanwhile. Timers are therefore judged by the clock as read
/// before the wait for events: what arrived before a deadline has then been read before the deadline fires.
/// </para>
/// <para>
/// One look at the sockets is not enough after such a jump: more may be ready than one wait reports, and each may hold more than its share
/// of a turn. Timers then wait until the backlog is gone, for at most <see cref="MaxHeldTurns"/> turns, because under lasting overload it
/// never is.
/// </para>
/// Pure: it is given the readings of the clock, in milliseconds.
/// </remarks>
internal sealed class TimerHorizon(long now)
{
    /// <summary>Milliseconds that a wait or a turn must exceed its planned length by to count as a jump of the clock.</summary>
    public const long JumpMs = 250;

    /// <summary>
    /// Most turns for which timers wait for a backlog. A turn takes the events of 256 sockets, or 256 datagrams of one: enough for 65,536
    /// of either.
    /// </summary>
    public const int MaxHeldTurns = 256;

    private long _lastReading = now;
    private long _polled = now;
    private long _reached = now;
    private int _heldTurns;
    private bool _jumpedWhileWaiting;

    /// <summary>Whether the clock has jumped and the backlog of that time may not be read yet.</summary>
    public bool HasJumped => _heldTurns > 0;

    /// <summary>Notes that the loop is about to wait for events.</summary>
    /// <param name="now">The clock.</param>
    public void BeforeWait(long now)
    {
        if (now - _lastReading > JumpMs)
        {
            _heldTurns = MaxHeldTurns;
        }

        _lastReading = now;
    }

    /// <summary>Notes that the wait has ended.</summary>
    /// <param name="now">The clock.</param>
    /// <param name="timeoutMs">How long the wait was allowed to take; -1 = forever.</param>
    /// <param name="ready">Events found; 0 if no socket was ready; negative if a signal ended the wait, which says nothing about the
    /// sockets.</param>
    public void AfterWait(long now, int timeoutMs, int ready)
    {
        _jumpedWhileWaiting = timeoutMs >= 0 && now - _lastReading > timeoutMs + JumpMs;
        if (_jumpedWhileWaiting)
        {
            _heldTurns = MaxHeldTurns;
        }

        // A wait that ran its full time without an event found the sockets empty at its end.
        bool wasEmpty = ready == 0 && timeoutMs >= 0 && !_jumpedWhileWaiting;
        _polled = wasEmpty ? Math.Min(now, _lastReading + timeoutMs) : _lastReading;
        _lastReading = now;
    }

    /// <summary>Returns the time up to which timers may fire now. Call it once per turn, after the sockets were read.</summary>
    /// <param name="hasBacklog">Whether sockets are known to hold more than this turn has read.</param>
    public long Reach(bool hasBacklog)
    {
        if (_heldTurns > 0 && (hasBacklog || _jumpedWhileWaiting))
        {
            _heldTurns--;
            return _reached;
        }

        _heldTurns = 0;
        return _reached = _polled;
    }
}
