using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;

namespace Sluice.Daemon.Routing;

/// <summary>A routing strategy that the program knows by itself.</summary>
/// <param name="Name">The word that <c>[common] header_identify</c> selects it by.</param>
/// <param name="Create">Makes it from checked settings; the gateway starts and stops what it made.</param>
internal sealed record Strategy(string Name, Func<Settings, ILogger, IBackendResolver> Create)
{
    /// <summary>Finds what is wrong with its own sections before it is made; asked only where it is selected.</summary>
    public Action<Settings, FaultList>? Check { get; init; }

    /// <summary>Looks at the files that its sections name, after <see cref="Check"/>; asked only if it is selected.</summary>
    public Action<Settings, FaultList>? Look { get; init; }
}
