using System.Runtime.CompilerServices;

namespace Sluice.Testing.Loops;

/// <summary>State that changes on a loop and that a test awaits without sleeping. The time limit only ends a hung test.</summary>
internal abstract class Observed
{
    public static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(30);

    private readonly List<(Func<bool> Condition, TaskCompletionSource Met)> _waiting = [];

    protected Lock Gate { get; } = new();

    /// <summary>Completes when the condition holds, now or after a later change.</summary>
    public async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            if (condition())
            {
                return;
            }

            _waiting.Add((condition, met));
        }

        try
        {
            await met.Task.WaitAsync(HungAfter);
        }
        catch (TimeoutException hung)
        {
            throw new TimeoutException($"Timed out waiting for {what}; state: {this}", hung);
        }
    }

    protected void Change(Action change)
    {
        lock (Gate)
        {
            change();
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                if (_waiting[i].Condition())
                {
                    _waiting[i].Met.SetResult();
                    _waiting.RemoveAt(i);
                }
            }
        }
    }
}
