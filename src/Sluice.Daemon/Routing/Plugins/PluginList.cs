using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>Loads every plug-in that <c>[plugins] paths</c> names. Their strategies must all have names of their own.</summary>
internal static class PluginList
{
    /// <summary>The strategies of all plug-ins; a plug-in that cannot be used is a fault where it is named, and the result false.</summary>
    public static bool TryLoad(Settings settings, FaultList faults, out IReadOnlyList<Strategy> strategies)
    {
        bool complete = true;
        var found = new List<Strategy>();
        strategies = found;
        Dictionary<string, string> owners = Strategies.All.ToDictionary(strategy => strategy.Name, _ => "the program itself", StringComparer.Ordinal);
        foreach (PluginFile file in settings.Get(PluginKeys.Paths))
        {
            string shown = Quoted.Plain(file.Path, 400);
            try
            {
                foreach (Strategy strategy in PluginAssembly.Load(file.Path))
                {
                    if (owners.TryAdd(strategy.Name, shown))
                    {
                        found.Add(strategy);
                    }
                    else
                    {
                        complete = false;
                        faults.Add(
                            file.Origin,
                            $"{PluginKeys.Paths}: {shown} has a strategy {Quoted.Text(strategy.Name)}, as has {owners[strategy.Name]}; give it another Name");
                    }
                }
            }
            catch (PluginException problem)
            {
                complete = false;
                faults.Add(file.Origin, $"{PluginKeys.Paths}: {shown} {problem.Message}");
            }
        }

        return complete;
    }
}
