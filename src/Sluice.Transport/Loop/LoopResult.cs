using System.Threading.Tasks.Sources;

namespace Sluice.Transport.Loop;

/// <summary>A result that one part of a loop awaits and another one sets, on the same loop.</summary>
/// <remarks>What awaits it on the loop resumes inside <see cref="TryComplete"/>, without a post and a turn in between.</remarks>
/// <typeparam name="T">The result.</typeparam>
public sealed class LoopResult<T> : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _core;

    /// <summary>Whether there is a result.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Completes with the result. Await it at most once.</summary>
    public ValueTask<T> Task => new(this, _core.Version);

    /// <summary>Sets the result and resumes what awaits it. Returns false if there is a result already.</summary>
    public bool TryComplete(T result)
    {
        if (IsCompleted)
        {
            return false;
        }

        IsCompleted = true;
        _core.SetResult(result);
        return true;
    }

    T IValueTaskSource<T>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(
            continuation,
            state,
            token,
            SynchronizationContext.Current is LoopSynchronizationContext
                ? flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext
                : flags);
}
