namespace Sluice.Bench.Peers;

/// <summary>The protocol that the clients of a work use, if works of a benchmark differ in it.</summary>
internal abstract record Medium
{
    /// <summary>Suffix that distinguishes works that differ only in their medium.</summary>
    public abstract string NameEnding { get; }

    /// <summary>Noun for the connections of a work in its title.</summary>
    public abstract string Connections { get; }
}
