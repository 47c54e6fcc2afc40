using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Sluice.Transport;
using Sluice.Transport.Udp;

namespace Sluice.Gateway.Telemetry;

/// <summary>Everything that the gateway logs, but for its loops. Ids are stable. What a client can cause at will is Debug, but for one line per session.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(1, LogLevel.Information,
        "Session {Id} {Protocol} {Client} -> {Backend} key=\"{Key}\" ended: {Reason} after {DurationMs} ms, {BytesFromClient} bytes from the client, {BytesFromBackend} from the backend")]
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

    [LoggerMessage(2, LogLevel.Information, "{Count} refused or broken handshakes of the last seconds are not listed one by one")]
    public static partial void SessionsNotListed(ILogger logger, long count);

    [LoggerMessage(3, LogLevel.Debug, "Session {Id}: {Client} left before it named a backend")]
    public static partial void Probe(ILogger logger, long id, NetworkAddress client);

    [LoggerMessage(4, LogLevel.Error, "Session {Id} of {Client} ended by a fault of the gateway")]
    public static partial void SessionFaulted(ILogger logger, long id, NetworkAddress client, Exception fault);

    [LoggerMessage(5, LogLevel.Error, "Session {Id} of {Client} ended: the strategy \"{Strategy}\" threw")]
    public static partial void ResolverFaulted(ILogger logger, long id, NetworkAddress client, string strategy, Exception fault);

    [LoggerMessage(6, LogLevel.Error, "Session {Id} of {Client} ended: the strategy \"{Strategy}\" threw {Fault} {Place}; its words may repeat a secret key")]
    public static partial void SecretResolverFaulted(ILogger logger, long id, NetworkAddress client, string strategy, string fault, string place);

    [LoggerMessage(7, LogLevel.Warning,
        "The strategy \"{Strategy}\" did not answer within [common] resolve_timeout: its client is refused with unreachable. This is logged at most every ten seconds")]
    public static partial void ResolverSilent(ILogger logger, string strategy);

    [LoggerMessage(8, LogLevel.Warning, "The strategy \"{Strategy}\" threw when it was asked for its state; the values are missing in the metrics. This is logged once")]
    public static partial void ResolverStateFaulted(ILogger logger, string strategy, Exception fault);

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

    [LoggerMessage(20, LogLevel.Information, "Listening for {Protocol} clients on {EndPoint}, {Loops} loops")]
    public static partial void Listening(ILogger logger, string protocol, IPEndPoint endPoint, int loops);

    [LoggerMessage(21, LogLevel.Warning,
        "Clients name their backend as host:port and [policy] allow is not set: every loopback and private address that [policy] deny does not name can be reached through this gateway. Name the backends in [policy] allow")]
    public static partial void OpenToPrivateNetworks(ILogger logger);

    [LoggerMessage(22, LogLevel.Information, "Draining: {Sessions} sessions may run on for up to {Seconds} s, new clients are refused")]
    public static partial void Draining(ILogger logger, int sessions, double seconds);

    [LoggerMessage(23, LogLevel.Warning, "The drain timeout is over: {Sessions} sessions are cut off")]
    public static partial void CuttingOff(ILogger logger, int sessions);

    [LoggerMessage(24, LogLevel.Warning, "zero_copy is set, but this system cannot splice between sockets: bytes are copied")]
    public static partial void NoZeroCopy(ILogger logger);

    [LoggerMessage(25, LogLevel.Warning, "Only {Files} file descriptors are allowed (ulimit -n), and a session takes two")]
    public static partial void FewDescriptors(ILogger logger, long files);

    [LoggerMessage(26, LogLevel.Information, "Datagrams move by: {UdpBatching}")]
    public static partial void Datagrams(ILogger logger, UdpBatching udpBatching);

    [LoggerMessage(27, LogLevel.Warning,
        "The process has {Bytes} bytes of memory, more than [limits] max_memory_bytes = {MaxBytes}: new clients are refused until it has less")]
    public static partial void MemoryShort(ILogger logger, long bytes, long maxBytes);

    [LoggerMessage(28, LogLevel.Information, "The process has {Bytes} bytes of memory, not more than [limits] max_memory_bytes = {MaxBytes}: new clients are served again")]
    public static partial void MemoryEnough(ILogger logger, long bytes, long maxBytes);

    [LoggerMessage(29, LogLevel.Warning, "The strategy \"{Strategy}\" failed when it was stopped")]
    public static partial void ResolverStopFailed(ILogger logger, string strategy, Exception fault);

    [LoggerMessage(34, LogLevel.Critical,
        "The event loop {Loop} has not turned for {Seconds} s: its clients are not served. Restart the gateway; a strategy or plug-in that blocks is a likely cause")]
    public static partial void LoopStuck(ILogger logger, string loop, double seconds);

    [LoggerMessage(35, LogLevel.Warning, "The event loop {Loop} turns again after {Seconds} s")]
    public static partial void LoopTurnsAgain(ILogger logger, string loop, double seconds);

    [LoggerMessage(30, LogLevel.Information, "{Registry}: {Nodes} nodes loaded, watching for changes")]
    public static partial void RegistryLoaded(ILogger logger, string registry, int nodes);

    [LoggerMessage(31, LogLevel.Warning, "{Registry} is away, asked again until it is back: {Problem}. The {Nodes} nodes that are known still route")]
    public static partial void RegistryLost(ILogger logger, string registry, string problem, int nodes);

    [LoggerMessage(32, LogLevel.Debug, "{Registry} is still away: {Problem}")]
    public static partial void RegistryStillLost(ILogger logger, string registry, string problem);

    [LoggerMessage(33, LogLevel.Warning, "{Registry}: the value of node \"{Node}\" is ignored: {Problem}")]
    public static partial void MalformedNode(ILogger logger, string registry, string node, string problem);
}
