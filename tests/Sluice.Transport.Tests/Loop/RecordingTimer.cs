using Sluice.Testing.Loops;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Tests.Loop;

/// <summary>Keeps the kinds that it was called with, in order.</summary>
internal sealed class RecordingTimer : Observed, ITimerTarget
{
    private readonly List<int> _fired = [];

    public Action<int>? OnDue { get; set; }

    public IReadOnlyList<int> Fired
    {
        get
        {
            lock (Gate)
            {
                return [.. _fired];
            }
        }
    }

    public void TimerDue(int kind)
    {
        Change(() => _fired.Add(kind));
        OnDue?.Invoke(kind);
    }

    public override string ToString() => string.Join(' ', _fired);
}
