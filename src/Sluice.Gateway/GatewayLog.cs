using Microsoft.Extensions.Logging;

namespace Sluice.Gateway;

/// <summary>The log lines of the gateway as a whole. Event ids are unique in the library and stable.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(21, LogLevel.Warning,
        "Clients name their backend as host:port and [policy] allow is not set: every loopback and private address that "
        + "[policy] deny does not name can be reached through this gateway. Name the backends in [policy] allow")]
    public static partial void OpenToPrivateNetworks(ILogger logger);

    [LoggerMessage(22, LogLevel.Information, "Draining: {Sessions} sessions may go on for up to {Seconds} s, new clients are rejected")]
    public static partial void Draining(ILogger logger, int sessions, double seconds);

    [LoggerMessage(23, LogLevel.Warning, "The drain timeout is over: {Sessions} sessions are cut off")]
    public static partial void CuttingOff(ILogger logger, int sessions);

    [LoggerMessage(25, LogLevel.Warning, "Only {Files} file descriptors are allowed (ulimit -n), and a session takes two")]
    public static partial void FewDescriptors(ILogger logger, long files);
}
