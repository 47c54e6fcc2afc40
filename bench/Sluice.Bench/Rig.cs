using Sluice.Bench.Peers;
using Sluice.Bench.Processes;

namespace Sluice.Bench;

/// <summary>One relay under test with its own backend and load, ready to be measured.</summary>
internal sealed class Rig(Peer peer, Child backend, Relay relay, Load? load) : IAsyncDisposable
{
    public Peer Peer => peer;

    public Relay Relay => relay;

    public Load Load => load ?? throw new InvalidOperationException("this work has no load");

    /// <summary>Processor time of relay, backend and load together.</summary>
    public TimeSpan ProcessorTime => relay.ProcessorTime + backend.ProcessorTime + (load?.ProcessorTime ?? TimeSpan.Zero);

    /// <summary>Stops relay and load until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        load?.Pause();
        relay.Pause();
    }

    public void Resume()
    {
        relay.Resume();
        load?.Resume();
    }

    public async ValueTask DisposeAsync()
    {
        if (load is not null)
        {
            await load.DisposeAsync();
        }

        await relay.DisposeAsync();
        await backend.DisposeAsync();
    }
}
