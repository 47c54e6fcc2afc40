using Microsoft.Extensions.Logging;

namespace Sluice.Transport.Tls;

/// <summary>What is logged of TLS; its ids begin at 130.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(130, LogLevel.Debug, "The TLS handshake with {Peer} failed: {Problem}")]
    public static partial void HandshakeFailed(ILogger logger, NetworkAddress peer, string problem);

    [LoggerMessage(131, LogLevel.Debug, "TLS with {Peer} broke: {Problem}")]
    public static partial void Broken(ILogger logger, NetworkAddress peer, string problem);

    [LoggerMessage(132, LogLevel.Information, "New TLS connections get what is now in {Files}")]
    public static partial void Renewed(ILogger logger, string files);

    [LoggerMessage(133, LogLevel.Error, "{File} was changed and cannot be used: {Problem}. The certificates read before stay in use")]
    public static partial void NotRenewed(ILogger logger, string file, string problem);

    [LoggerMessage(134, LogLevel.Warning, "{File}: {Problem}")]
    public static partial void Doubt(ILogger logger, string file, string problem);

    [LoggerMessage(135, LogLevel.Warning,
        "TLS with the client {Peer} failed, its certificate is missing or not trusted: {Problem}. "
        + "It needs one that an authority in client_ca_file issued")]
    public static partial void ClientNotTrusted(ILogger logger, NetworkAddress peer, string problem);
}
