using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Transport;

namespace Sluice.Gateway.Dialing;

/// <summary>The log lines of dialing. Clients can cause most of these at will, so they are Debug.</summary>
internal static partial class DialLog
{
    [LoggerMessage(10, LogLevel.Debug, "Dialling {Address} failed, attempt {Attempt} of {Attempts}: {Error}")]
    public static partial void DialFailed(ILogger logger, NetworkAddress address, int attempt, int attempts, SocketError error);

    [LoggerMessage(11, LogLevel.Debug, "{Address} is denied: {Rule}")]
    public static partial void Denied(ILogger logger, NetworkAddress address, string rule);

    [LoggerMessage(12, LogLevel.Debug, "Looking up \"{Name}\" failed: {Problem}")]
    public static partial void LookUpFailed(ILogger logger, string name, string problem);

    [LoggerMessage(13, LogLevel.Warning, "TLS with the backend {Address} as \"{Name}\" failed, it is unreachable: {Problem}")]
    public static partial void BackendNotBelieved(ILogger logger, NetworkAddress address, string name, string problem);

    [LoggerMessage(14, LogLevel.Debug, "TLS with the backend {Address} as \"{Name}\" failed again: {Problem}")]
    public static partial void BackendNotBelievedAgain(ILogger logger, NetworkAddress address, string name, string problem);

    [LoggerMessage(15, LogLevel.Debug, "{Address} is allowed: {Rule}")]
    public static partial void Allowed(ILogger logger, NetworkAddress address, string rule);

    [LoggerMessage(16, LogLevel.Debug, "\"{Name}\" with port {Port} is denied and not looked up: {Rule}")]
    public static partial void NameDenied(ILogger logger, string name, int port, string rule);

    [LoggerMessage(17, LogLevel.Warning, "Cannot dial the backend {Address}: {What}. Its clients are rejected with busy")]
    public static partial void CannotDial(ILogger logger, NetworkAddress address, string what);
}
