using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Daemon.Routing;

/// <summary>What the settings say about every registry alike.</summary>
internal static class Registries
{
    public static RegistryOptions Options(Settings settings) => new() { Required = settings.Get(Keys.RequireRegistry) };
}
