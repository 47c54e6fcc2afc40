using System.Net;
using Microsoft.Extensions.Logging;

namespace Sluice.Transport.Tcp;

internal static partial class TcpLog
{
    [LoggerMessage(120, LogLevel.Warning,
        "No descriptor or memory is left for new connections on {Listener}: accepting pauses until some end "
        + "(raise the limit: ulimit -n, LimitNOFILE)")]
    public static partial void OutOfDescriptors(ILogger logger, IPEndPoint listener);

    [LoggerMessage(121, LogLevel.Information, "{Listener} accepts connections again")]
    public static partial void AcceptsAgain(ILogger logger, IPEndPoint listener);

    [LoggerMessage(122, LogLevel.Error, "A fault in taking over a connection on {Listener} ended that connection")]
    public static partial void AcceptFaulted(ILogger logger, IPEndPoint listener, Exception fault);
}
