using Sluice.Bench.Works;

namespace Sluice.Bench.Peers;

/// <summary>A relay under comparison: its name, its requirements, and how to start it.</summary>
internal abstract class Peer
{
    public abstract string Name { get; }

    /// <summary>Programs that must be on the PATH.</summary>
    public abstract IReadOnlyList<string> Programs { get; }

    public virtual bool CanDo(Work work) => true;

    /// <summary>Returns the version for the line under the tables, or null if there is none.</summary>
    public virtual Task<string?> VersionAsync(Toolbox tools, CancellationToken stop) => Task.FromResult<string?>(null);

    /// <summary>Returns the protocol that clients use with this relay in a work.</summary>
    public virtual Wire WireFor(Work work) => work.Wire;

    public abstract Task<Relay> StartAsync(RelayPlace place, CancellationToken stop);
}
