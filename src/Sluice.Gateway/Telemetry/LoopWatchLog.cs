using Microsoft.Extensions.Logging;

namespace Sluice.Gateway.Telemetry;

/// <summary>The log lines of stuck event loops.</summary>
internal static partial class LoopWatchLog
{
    [LoggerMessage(34, LogLevel.Critical,
        "The event loop {Loop} has not turned for {Seconds} s: its clients are not served. "
        + "Restart the gateway; a strategy or plug-in that blocks is a likely cause")]
    public static partial void LoopStuck(ILogger logger, string loop, double seconds);

    [LoggerMessage(35, LogLevel.Warning, "The event loop {Loop} turns again after {Seconds} s")]
    public static partial void LoopTurnsAgain(ILogger logger, string loop, double seconds);
}
