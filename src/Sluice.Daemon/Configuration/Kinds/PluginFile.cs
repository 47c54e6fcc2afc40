namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>An assembly with strategies that the configuration names.</summary>
/// <param name="Path">Its path, relative to the working directory.</param>
/// <param name="Origin">The place that names it.</param>
internal sealed record PluginFile(string Path, Origin Origin)
{
    /// <inheritdoc/>
    public override string ToString() => Path;
}
