using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Sections;

/// <summary><c>[plugins]</c>: strategies of others.</summary>
internal static class PluginsSection
{
    public static readonly Section Table = new("plugins");

    public static readonly Setting<IReadOnlyList<PluginFile>> Paths = Table.Add("paths", new PluginFilesKind(), [],
        "Assemblies with [strategies of your own](routing.md#strategies-of-your-own). `header_identify` selects one by its `Name`.");
}
