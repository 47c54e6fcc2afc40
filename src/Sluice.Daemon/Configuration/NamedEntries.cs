namespace Sluice.Daemon.Configuration;

/// <summary>The entries of a <see cref="NamedEntriesSetting{T}"/>, by name.</summary>
internal sealed class NamedEntries : Dictionary<string, object?>
{
    public NamedEntries()
        : base(StringComparer.Ordinal)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", this.Select(entry => $"{entry.Key} = {entry.Value}"));
}
