using Sluice.Kcp;
using Sluice.Kcp.Crypto;
using Sluice.Transport.Kcp;

namespace Sluice.Gateway.Dialing;

/// <summary>The settings of KCP sessions towards clients and towards backends: the same, but for FEC.</summary>
internal static class KcpSettings
{
    /// <summary>A socket per backend session needs no buffer for thousands of clients.</summary>
    private const int BackendSocketBufferBytes = 512 * 1024;

    public static KcpEndpointOptions ForClients(KcpGateOptions options) => new()
    {
        Session = With(options, KcpFec.Mirror),
        Crypto = Crypto(options),
    };

    public static KcpEndpointOptions ForBackends(KcpGateOptions options) => new()
    {
        Session = With(options, options.BackendFec),
        Crypto = Crypto(options),
        SocketBufferBytes = BackendSocketBufferBytes,
    };

    private static Func<KcpPacketCrypto>? Crypto(KcpGateOptions options)
    {
        if (options.Crypt is not { } method)
        {
            return null;
        }

        ReadOnlyMemory<byte> key = options.CryptKey;
        return () => KcpPacketCrypto.Create(method, key.Span);
    }

    private static KcpOptions With(KcpGateOptions options, KcpFec fec)
    {
        KcpOptions session = options.Session;
        return new KcpOptions
        {
            Mtu = session.Mtu,
            ReservedBytes = options.Crypt is null ? 0 : KcpPacketCrypto.Overhead,
            NoDelay = session.NoDelay,
            Interval = session.Interval,
            FastResend = session.FastResend,
            NoCongestionWindow = session.NoCongestionWindow,
            SendWindow = session.SendWindow,
            ReceiveWindow = session.ReceiveWindow,
            SendQueueLimit = session.SendQueueLimit,
            AckNoDelay = session.AckNoDelay,
            DeadLink = session.DeadLink,
            DeadLinkTime = session.DeadLinkTime,
            StreamMode = true,
            Fec = fec,
        };
    }
}
