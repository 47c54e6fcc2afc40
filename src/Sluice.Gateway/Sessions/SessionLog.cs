using Microsoft.Extensions.Logging;
using Sluice.Transport;

namespace Sluice.Gateway.Sessions;

/// <summary>The log lines of sessions. A client can cause these at will, so all but one line per session are Debug or limited.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(1, LogLevel.Information,
        "Session {Id} {Protocol} {Client} -> {Backend} key=\"{Key}\" ended: {Reason} after {DurationMs} ms, "
        + "{BytesFromClient} bytes from the client, {BytesFromBackend} from the backend")]
    public static partial void SessionEnded(
        ILogger logger,
        long id,
        string protocol,
        NetworkAddress client,
        string backend,
        string key,
        string reason,
        long durationMs,
        long bytesFromClient,
        long bytesFromBackend);

    [LoggerMessage(2, LogLevel.Information, "{Count} rejected or broken handshakes of the last seconds are not listed one by one")]
    public static partial void SessionsNotListed(ILogger logger, long count);

    [LoggerMessage(3, LogLevel.Debug, "Session {Id}: {Client} left before it named a backend")]
    public static partial void Probe(ILogger logger, long id, NetworkAddress client);

    [LoggerMessage(4, LogLevel.Error, "Session {Id} of {Client} ended by a fault of the gateway")]
    public static partial void SessionFaulted(ILogger logger, long id, NetworkAddress client, Exception fault);

    [LoggerMessage(5, LogLevel.Error, "Session {Id} of {Client} ended: the strategy \"{Strategy}\" threw")]
    public static partial void ResolverFaulted(ILogger logger, long id, NetworkAddress client, string strategy, Exception fault);

    [LoggerMessage(6, LogLevel.Error,
        "Session {Id} of {Client} ended: the strategy \"{Strategy}\" threw {Fault} {Place}; its words may repeat a secret key")]
    public static partial void SecretResolverFaulted(
        ILogger logger, long id, NetworkAddress client, string strategy, string fault, string place);

    [LoggerMessage(7, LogLevel.Warning,
        "The strategy \"{Strategy}\" did not answer within [common] resolve_timeout: its client is rejected with unreachable. "
        + "This is logged at most every ten seconds")]
    public static partial void ResolverSilent(ILogger logger, string strategy);
}
