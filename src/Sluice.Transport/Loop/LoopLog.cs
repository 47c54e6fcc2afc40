using Microsoft.Extensions.Logging;

namespace Sluice.Transport.Loop;

internal static partial class LoopLog
{
    [LoggerMessage(100, LogLevel.Error, "A fault in {Target} ended it; the loop {Loop} goes on")]
    public static partial void TargetFaulted(ILogger logger, string loop, string target, Exception fault);

    [LoggerMessage(101, LogLevel.Error, "A fault in work posted to the loop {Loop}; the loop goes on")]
    public static partial void WorkFaulted(ILogger logger, string loop, Exception fault);

    [LoggerMessage(102, LogLevel.Critical, "The loop {Loop} cannot wait for events; trying again in a second")]
    public static partial void PollFailed(ILogger logger, string loop, Exception fault);
}
