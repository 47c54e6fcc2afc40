namespace Sluice.Transport.Loop;

/// <summary>Called when a timer that it scheduled on an <see cref="EventLoop"/> is due.</summary>
public interface ITimerTarget
{
    /// <summary>Called once, on the loop, at or after the due time.</summary>
    /// <param name="kind">The number given to <see cref="EventLoop.Schedule"/>, to distinguish several timers of one target.</param>
    void TimerDue(int kind);
}
