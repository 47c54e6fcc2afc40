using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>A relay that takes part: how it is named, what it needs, and how it is started.</summary>
internal abstract class Peer
{
    public abstract string Name { get; }

    /// <summary>Programs that must be on the path.</summary>
    public abstract IReadOnlyList<string> Programs { get; }

    public virtual bool CanDo(Work work) => true;

    /// <summary>For the line under the tables; null where there is nothing to say.</summary>
    public virtual Task<string?> VersionAsync(Toolbox tools, CancellationToken stop) => Task.FromResult<string?>(null);

    /// <summary>What clients speak to this relay in a work.</summary>
    public virtual Wire WireFor(Work work) => work.Wire;

    public abstract Task<Relay> StartAsync(RelayPlace place, CancellationToken stop);
}
