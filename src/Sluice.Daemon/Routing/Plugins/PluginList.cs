using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>Loads every plug-in that the configuration names. No two strategies may have the same name.</summary>
internal static class PluginList
{
    /// <summary>Loads the plug-ins. Adds a fault for each that cannot be used, and returns false if there is one.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="paths">The setting that names the plug-ins.</param>
    /// <param name="own">The strategies of the program itself.</param>
    /// <param name="faults">Where faults are added.</param>
    /// <param name="strategies">The strategies of all plug-ins that can be used.</param>
    public static bool TryLoad(
        Settings settings,
        Setting<IReadOnlyList<PluginFile>> paths,
        IEnumerable<Strategy> own,
        FaultList faults,
        out IReadOnlyList<Strategy> strategies)
    {
        bool complete = true;
        var found = new List<Strategy>();
        strategies = found;
        Dictionary<string, string> owners = own.ToDictionary(strategy => strategy.Name, _ => "the program itself", StringComparer.Ordinal);
        foreach (PluginFile file in settings.Get(paths))
        {
            string shown = Quoted.Long(file.Path);
            try
            {
                foreach (Strategy strategy in PluginAssembly.Load(file.Path))
                {
                    if (owners.TryAdd(strategy.Name, shown))
                    {
                        found.Add(strategy);
                        continue;
                    }

                    complete = false;
                    string name = Quoted.Text(strategy.Name);
                    faults.Add(
                        file.Origin,
                        $"{paths}: {shown} has a strategy {name}, as has {owners[strategy.Name]}; give it another Name");
                }
            }
            catch (PluginException problem)
            {
                complete = false;
                faults.Add(file.Origin, $"{paths}: {shown} {problem.Message}");
            }
        }

        return complete;
    }
}
