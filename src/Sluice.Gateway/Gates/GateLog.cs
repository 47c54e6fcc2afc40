using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Transport.Udp;

namespace Sluice.Gateway.Gates;

/// <summary>The log lines of gates.</summary>
internal static partial class GateLog
{
    [LoggerMessage(20, LogLevel.Information, "Listening for {Protocol} clients on {EndPoint}, {Loops} loops")]
    public static partial void Listening(ILogger logger, string protocol, IPEndPoint endPoint, int loops);

    [LoggerMessage(24, LogLevel.Warning, "zero_copy is set, but this system cannot splice between sockets: bytes are copied")]
    public static partial void NoZeroCopy(ILogger logger);

    [LoggerMessage(26, LogLevel.Information, "Datagrams move by: {UdpBatching}")]
    public static partial void Datagrams(ILogger logger, UdpBatching udpBatching);
}
