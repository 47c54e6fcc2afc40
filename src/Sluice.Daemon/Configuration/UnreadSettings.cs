using Sluice.Daemon.Routing;
using Sluice.Gateway.Routing;
using Sluice.Tokens;

namespace Sluice.Daemon.Configuration;

/// <summary>
/// Finds settings that nothing reads. A setting that should protect something is then a fault: its author believes that it does.
/// </summary>
internal static class UnreadSettings
{
    /// <summary>Adds faults, and warnings for what does no harm.</summary>
    public static void Check(Settings settings, FaultList faults, List<ConfigurationFault> warnings)
    {
        if (settings.Get(Keys.CaFile).Length > 0 && !settings.Get(Keys.BackendTls) && settings.OriginOf(Keys.CaFile) is { } caFile)
        {
            faults.Add(caFile, $"{Keys.CaFile}: no backend is dialled with TLS; set backend_tls = true, or take the line out");
        }

        if (settings.Get(Keys.RequireRegistry) && !HasRegistry(settings) && settings.OriginOf(Keys.RequireRegistry) is { } required)
        {
            warnings.Add(new ConfigurationFault(
                required, $"{Keys.RequireRegistry}: the strategy {Quoted.Text(settings.Get(Keys.HeaderIdentify))} asks no registry, so nothing reads this"));
        }
    }

    private static bool HasRegistry(Settings settings) => Strategies.Selected(settings).Name switch
    {
        HostPortResolver.StrategyName or HostPortResolver.SecondName => false,
        JwtResolver.StrategyName => settings.Get(JwtKeys.NodeRegistry).Length > 0,
        _ => true,
    };
}
