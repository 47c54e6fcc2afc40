using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;

namespace Sluice.Daemon.Routing;

/// <summary>A routing strategy that the configuration can select.</summary>
/// <param name="Name">The word that <c>[common] header_identify</c> selects it by.</param>
/// <param name="Create">Creates it from checked settings. The gateway starts and stops it.</param>
internal sealed record Strategy(string Name, Func<Settings, ILogger, IBackendResolver> Create)
{
    /// <summary>Its section, checked only if the strategy is selected; null = it has none.</summary>
    public Section? Section { get; init; }

    /// <summary>Whether it looks up nodes by name, so that tokens may name nodes in it.</summary>
    public bool IsRegistry { get; init; }
}
