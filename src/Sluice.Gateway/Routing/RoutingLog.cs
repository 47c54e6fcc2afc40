using Microsoft.Extensions.Logging;

namespace Sluice.Gateway.Routing;

/// <summary>The log lines of routing strategies.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(8, LogLevel.Warning,
        "The strategy \"{Strategy}\" threw when it was asked for its state; the values are missing in the metrics. This is logged once")]
    public static partial void ResolverStateFaulted(ILogger logger, string strategy, Exception fault);

    [LoggerMessage(29, LogLevel.Warning, "The strategy \"{Strategy}\" failed when it was stopped")]
    public static partial void ResolverStopFailed(ILogger logger, string strategy, Exception fault);
}
