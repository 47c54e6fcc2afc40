namespace Sluice.Transport.Loop;

/// <content>A turn: what the loop's thread does over and over.</content>
public sealed partial class EventLoop
{
    /// <summary>A sender of bulk sends a window's worth at once; so long it takes on a fast link to have some dozens of datagrams arrive. 100 and 400 gather less, or no more.</summary>
    private const int GatherMicroseconds = 200;

    /// <summary>A turn with more than so many ready descriptors has enough to do; what it would wait for gathers meanwhile by itself.</summary>
    private const int MostReadyToGather = 8;

    private bool _mayGather;

    /// <summary>
    /// Waits a moment, in which more datagrams arrive: they are then taken and passed on with few calls instead of many.
    /// True if it waited, which it does once per turn at most, and never in one with much else to do.
    /// </summary>
    internal bool TryGather()
    {
        bool gathers = _mayGather;
        _mayGather = false;
        return gathers && UdpBatching.Gathering && _poller.TrySleep(GatherMicroseconds);
    }

    private void Run()
    {
        _current = this;
        SynchronizationContext.SetSynchronizationContext(new LoopSynchronizationContext(this));
        while (!_stopping)
        {
            int count = Wait();
            Now = ReadClock();
            _mayGather = count <= MostReadyToGather;
            for (int i = 0; i < count; i++)
            {
                PollResult result = _ready[i];
                if (_targets.Find(result.Token) is { } target)
                {
                    Tell(target, result.Events);
                }
            }

            RunAgainRequested();
            FireTimers();
            RunPosted();
            EndTurn();
        }

        // Whoever waits for what was posted before the end is not left waiting.
        _mailbox.Close();
        RunPosted();
    }

    private int Wait()
    {
        try
        {
            return _poller.Wait(_ready, WaitMilliseconds());
        }
#pragma warning disable CA1031 // A loop that ends takes every connection with it: nothing that a poller throws is worth that.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopLog.PollFailed(_logger, Name, fault);
            Thread.Sleep(1000);
            return 0;
        }
    }

    private int WaitMilliseconds()
    {
        if (_again.Count > 0 || !_mailbox.IsEmpty)
        {
            return 0;
        }

        long due = _timers.NextDue;
        return due == long.MaxValue ? -1 : (int)Math.Clamp(due - Now, 0, int.MaxValue);
    }

    private void Tell(IPollTarget target, PollEvents events)
    {
        try
        {
            target.Ready(events);
        }
#pragma warning disable CA1031 // One connection's fault ends that connection.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LoopLog.TargetFaulted(_logger, Name, target.GetType().Name, fault);
            target.Faulted(fault);
        }
    }

    private void RunAgainRequested()
    {
        if (_again.Count == 0)
        {
            return;
        }

        (_runningAgain, _again) = (_again, _runningAgain);
        foreach (IPollTarget target in _runningAgain)
        {
            Tell(target, PollEvents.None);
        }

        _runningAgain.Clear();
    }

    private void FireTimers()
    {
        while (_timers.TryTakeDue(Now, out ITimerTarget target, out int kind))
        {
            try
            {
                target.TimerDue(kind);
            }
#pragma warning disable CA1031 // As for callbacks.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                LoopLog.TargetFaulted(_logger, Name, target.GetType().Name, fault);
                (target as IPollTarget)?.Faulted(fault);
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
        for (int i = 0; i < _turnEnds.Count; i++)
        {
            _turnEnds[i].EndTurn();
        }

        _turnEnds.Clear();
    }
}
