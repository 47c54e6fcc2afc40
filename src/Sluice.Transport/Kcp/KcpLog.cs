using System.Net;
using Microsoft.Extensions.Logging;

namespace Sluice.Transport.Kcp;

internal static partial class KcpLog
{
    [LoggerMessage(140, LogLevel.Warning,
        "The system granted the KCP port {Listener} {Receive} bytes of receive buffer and {Send} bytes of send buffer "
        + "instead of {Wanted} each: bursts may be dropped. "
        + "Raise the limits (sysctl -w net.core.rmem_max={Wanted} net.core.wmem_max={Wanted}) or grant CAP_NET_ADMIN")]
    public static partial void SmallBuffers(ILogger logger, IPEndPoint listener, int receive, int send, int wanted);
}
