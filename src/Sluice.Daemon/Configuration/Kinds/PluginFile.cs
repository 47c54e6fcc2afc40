namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>An assembly with strategies, as the configuration names it.</summary>
/// <param name="Path">Its path, relative to the working directory.</param>
/// <param name="Origin">Where it is named.</param>
internal sealed record PluginFile(string Path, Origin Origin)
{
    /// <inheritdoc/>
    public override string ToString() => Path;
}
