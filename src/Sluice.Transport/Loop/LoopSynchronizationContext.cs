namespace Sluice.Transport.Loop;

/// <summary>Makes <c>await</c> resume on the loop it was written on.</summary>
internal sealed class LoopSynchronizationContext(EventLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.Post(d, state);

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (!loop.IsCurrent)
        {
            // Waiting for a loop from another thread is a deadlock in the making; nothing here needs it.
            throw new NotSupportedException("Send to an event loop from another thread is not supported: use Post.");
        }

        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;
}
