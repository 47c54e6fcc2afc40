namespace Sluice.Bench.Peers;

/// <summary>What the clients of a work speak, where a benchmark has works that differ in it.</summary>
internal abstract record Medium
{
    /// <summary>What tells works apart that differ in their medium alone.</summary>
    public abstract string NameEnding { get; }

    /// <summary>What a work has so many of, as its title says it.</summary>
    public abstract string Connections { get; }
}
