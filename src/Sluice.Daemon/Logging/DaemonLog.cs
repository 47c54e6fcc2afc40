using System.Net;
using Microsoft.Extensions.Logging;

namespace Sluice.Daemon.Logging;

/// <summary>Log lines of the program itself. Their ids begin at 200.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(200, LogLevel.Information, "Sluice {Version} starts with {File}")]
    public static partial void Starting(ILogger logger, string version, string file);

    [LoggerMessage(202, LogLevel.Information, "{Signal} received: stopping")]
    public static partial void Stopping(ILogger logger, string signal);

    [LoggerMessage(204, LogLevel.Critical, "Not started: {Problem}")]
    public static partial void NotStarted(ILogger logger, string problem);

    [LoggerMessage(205, LogLevel.Critical,
        "Not started: the system does not provide what event loops need ({Problem}). Check its limits, above all ulimit -n")]
    public static partial void CannotStart(ILogger logger, string problem);

    [LoggerMessage(203, LogLevel.Information, "Sluice has stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(206, LogLevel.Warning, "{Count} log lines were lost: they came faster than they could be written, or writing failed")]
    public static partial void LinesLost(ILogger logger, long count);

    [LoggerMessage(207, LogLevel.Warning,
        "[{Section}] {Key} \"{File}\" can be read by every user of this machine. Remove that right (chmod o-r)")]
    public static partial void SecretIsOpen(ILogger logger, string section, string key, string file);

    [LoggerMessage(208, LogLevel.Critical, "A fault ends the program")]
    public static partial void Faulted(ILogger logger, Exception fault);

    [LoggerMessage(209, LogLevel.Warning, "{Count} log lines are missing here: the file could not be written ({Problem})")]
    public static partial void FileLinesLost(ILogger logger, long count, string problem);

    [LoggerMessage(213, LogLevel.Information, "SIGHUP received: the log files are opened again")]
    public static partial void Reopening(ILogger logger);

    [LoggerMessage(214, LogLevel.Information, "The ready line could not be written to standard output: {Problem}")]
    public static partial void ReadyNotWritten(ILogger logger, string problem);

    [LoggerMessage(210, LogLevel.Information, "Admin endpoint on http://{EndPoint}")]
    public static partial void AdminListening(ILogger logger, IPEndPoint endPoint);

    [LoggerMessage(211, LogLevel.Warning, "{Problem} Serving without the admin endpoint, since [admin] is not configured")]
    public static partial void NoAdmin(ILogger logger, string problem);

    [LoggerMessage(212, LogLevel.Error, "A request to the admin endpoint could not be answered")]
    public static partial void AdminFaulted(ILogger logger, Exception fault);

    [LoggerMessage(220, LogLevel.Warning, "The strategy {Strategy} of {File} failed when it was stopped")]
    public static partial void PluginStopFailed(ILogger logger, string strategy, string file, Exception failure);
}
