namespace Sluice.Transport.Loop;

/// <content>A turn: what the loop's thread repeats.</content>
public sealed partial class EventLoop
{
    /// <summary>
    /// A bulk sender sends a window at once: on a fast link some dozens of datagrams arrive within this time. 100 and
    /// 400 gather less, or no more.
    /// </summary>
    private const int GatherMicroseconds = 200;

    /// <summary>
    /// A turn with more ready descriptors than this does not wait: datagrams gather by themselves while it works.
    /// </summary>
    private const int MostReadyToGather = 8;

    /// <summary>
    /// A wait that reports this many events may have left others unreported. One less than the most, since a wake-up takes a place too.
    /// </summary>
    private const int FullWait = EventsPerTurn - 1;

    private bool _mayGather;

    /// <summary>
    /// Waits a moment, in which more datagrams arrive: they are then taken and passed on with few calls instead of many.
    /// Returns true if it waited: at most once per turn, and never in a busy one.
    /// </summary>
    internal bool TryGather()
    {
        bool gathers = _mayGather;
        _mayGather = false;
        return gathers && _poller.TrySleep(GatherMicroseconds);
    }

    private void Run()
    {
        _current = this;
        _timers.Schedule(new Trimmer(this), Now + TrimMs, kind: 0);
        SynchronizationContext.SetSynchronizationContext(new LoopSynchronizationContext(this));
        while (!_stopping)
        {
            int count = Wait();
            _mayGather = count <= MostReadyToGather;
            for (int i = 0; i < count; i++)
            {
                PollResult result = _ready[i];
                if (_targets.Find(result.Token) is { } target)
                {
                    Notify(target, result.Events);
                }
            }

            RunAgainRequested();
            if (_horizon.HasJumped)
            {
                // KCP hands on what it has read at the end of a turn: a deadline must not pass in between.
                EndTurn();
            }

            FireTimers(_horizon.Reach(hasBacklog: count >= FullWait || _again.Count > 0));
            RunPosted();
            EndTurn();
        }

        // Callers that wait for work posted before the end get their result.
        _mailbox.Close();
        RunPosted();
    }

    /// <summary>Waits for events and reads the clock. Returns how many descriptors are ready; a negative number after a signal.</summary>
    private int Wait()
    {
        // Read again: a wait calculated from the start of the turn would make timers late by the length of the turn.
        long before = ReadClock();
        int timeout = WaitMilliseconds(before);
        _horizon.BeforeWait(before);
        int count = Poll(timeout);
        Now = ReadClock();
        _horizon.AfterWait(Now, timeout, count);
        return count;
    }

    private int Poll(int timeoutMs)
    {
        try
        {
            return _poller.Wait(_ready, timeoutMs);
        }
#pragma warning disable CA1031 // An ended loop would lose every connection, whatever the poller threw.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopLog.PollFailed(_logger, Name, fault);
            Thread.Sleep(1000);
            return IPoller.Interrupted;
        }
    }

    private int WaitMilliseconds(long now)
    {
        if (_again.Count > 0 || !_mailbox.IsEmpty)
        {
            return 0;
        }

        long due = _timers.NextDue;
        return due == long.MaxValue ? -1 : (int)Math.Clamp(due - now, 0, int.MaxValue);
    }

    private void Notify(IPollTarget target, PollEvents events)
    {
        try
        {
            target.Ready(events);
        }
#pragma warning disable CA1031 // One connection's fault ends that connection.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Fail(target, fault);
        }
    }

    /// <summary>Ends the target that threw, and nothing else. A second fault is only logged.</summary>
    private void Fail(object target, Exception fault)
    {
        LoopLog.TargetFaulted(_logger, Name, target.GetType().Name, fault);
        try
        {
            (target as IPollTarget)?.Faulted(fault);
        }
#pragma warning disable CA1031 // As for callbacks.
        catch (Exception second)
#pragma warning restore CA1031
        {
            LoopLog.TargetFaulted(_logger, Name, target.GetType().Name, second);
        }
    }

    private void RunAgainRequested()
    {
        // Targets that ask meanwhile are called in the next turn.
        for (int left = _again.Count; left > 0; left--)
        {
            Notify(_again.Take(), PollEvents.None);
        }
    }

    private void FireTimers(long horizon)
    {
        while (_timers.TryTakeDue(horizon, out ITimerTarget target, out int kind))
        {
            try
            {
                target.TimerDue(kind);
            }
#pragma warning disable CA1031 // As for callbacks.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Fail(target, fault);
            }
        }
    }

    private void RunPosted()
    {
        foreach ((SendOrPostCallback work, object? state) in _mailbox.Take())
        {
            try
            {
                work(state);
            }
#pragma warning disable CA1031 // As for callbacks.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                LoopLog.WorkFaulted(_logger, Name, fault);
            }
        }
    }

    private void EndTurn()
    {
        while (_turnEnds.Count > 0)
        {
            ITurnEnd target = _turnEnds.Take();
            try
            {
                target.EndTurn();
            }
#pragma warning disable CA1031 // As for callbacks.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                Fail(target, fault);
            }
        }
    }

    private void Trim()
    {
        Buffers.Trim();
        _smallBuffers?.Trim();
        foreach (Action trim in Volatile.Read(ref _trims))
        {
            trim();
        }
    }

    private sealed class Trimmer(EventLoop loop) : ITimerTarget
    {
        public void TimerDue(int kind)
        {
            loop.Schedule(this, TrimMs);
            loop.Trim();
        }
    }
}
