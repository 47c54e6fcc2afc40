using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[plugins]</c>.</summary>
internal static class PluginKeys
{
    public static readonly ConfigurationKey<IReadOnlyList<PluginFile>> Paths = new("plugins", "paths", new PluginFilesKind(), [],
        "Assemblies with strategies of your own; `header_identify` selects one by its `Name`. See below.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } = [Paths];
}
