using Microsoft.Extensions.Logging;

namespace Sluice.Transport.Tls;

/// <summary>What is logged of TLS; its ids begin at 130.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(130, LogLevel.Debug, "The TLS handshake with {Peer} failed: {Problem}")]
    public static partial void HandshakeFailed(ILogger logger, NetworkAddress peer, string problem);

    [LoggerMessage(131, LogLevel.Debug, "TLS with {Peer} broke: {Problem}")]
    public static partial void Broken(ILogger logger, NetworkAddress peer, string problem);
}
