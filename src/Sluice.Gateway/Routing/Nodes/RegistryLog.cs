using Microsoft.Extensions.Logging;

namespace Sluice.Gateway.Routing.Nodes;

/// <summary>The log lines of registries.</summary>
internal static partial class RegistryLog
{
    [LoggerMessage(30, LogLevel.Information, "{Registry}: {Nodes} nodes loaded, watching for changes")]
    public static partial void RegistryLoaded(ILogger logger, string registry, int nodes);

    [LoggerMessage(31, LogLevel.Warning,
        "{Registry} is away, asked again until it is back: {Problem}. The {Nodes} nodes that are known still route")]
    public static partial void RegistryLost(ILogger logger, string registry, string problem, int nodes);

    [LoggerMessage(32, LogLevel.Debug, "{Registry} is still away: {Problem}")]
    public static partial void RegistryStillLost(ILogger logger, string registry, string problem);

    [LoggerMessage(33, LogLevel.Warning, "{Registry}: the value of node \"{Node}\" is ignored: {Problem}")]
    public static partial void MalformedNode(ILogger logger, string registry, string node, string problem);
}
