using Sluice.Kcp;
using Sluice.Kcp.Crypto;
using Sluice.Transport.Kcp;

namespace Sluice.Gateway.Gates;

/// <summary>
/// The settings of KCP sessions towards clients and towards backends: the same, but for FEC and for how long they wait for an answer.
/// </summary>
internal static class KcpSettings
{
    /// <summary>A socket per backend session needs no buffer for thousands of clients.</summary>
    private const int BackendSocketBufferBytes = 512 * 1024;

    /// <summary>
    /// How much longer than <c>idle_timeout</c> a client may leave a segment unanswered: a silent client then always ends as idle.
    /// </summary>
    private static readonly TimeSpan PatienceBeyondIdle = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may leave a segment unanswered if no <c>idle_timeout</c> ends it.</summary>
    private static readonly TimeSpan PatienceWithoutIdle = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LongestPatience = TimeSpan.FromDays(1);

    public static KcpEndpointOptions ForClients(KcpGateOptions options) => new()
    {
        Session = With(options, KcpFec.Mirror, ClientPatience(options)),
        Crypto = Crypto(options),
    };

    public static KcpEndpointOptions ForBackends(KcpGateOptions options) => new()
    {
        Session = With(options, options.BackendFec, options.Session.DeadLinkTime),
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

    private static int ClientPatience(KcpGateOptions options)
    {
        TimeSpan patience = options.IdleTimeout > TimeSpan.Zero ? options.IdleTimeout + PatienceBeyondIdle : PatienceWithoutIdle;
        return Math.Max(options.Session.DeadLinkTime, Milliseconds(patience));
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Min(time.TotalMilliseconds, LongestPatience.TotalMilliseconds);

    private static KcpOptions With(KcpGateOptions options, KcpFec fec, int deadLinkTime) => options.Session with
    {
        ReservedBytes = options.Crypt is null ? 0 : KcpPacketCrypto.Overhead,
        StreamMode = true,
        DeadLinkTime = options.DeadLinkTime > TimeSpan.Zero ? Milliseconds(options.DeadLinkTime) : deadLinkTime,
        Fec = fec,
    };
}
