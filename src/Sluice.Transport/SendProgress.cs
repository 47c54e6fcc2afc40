using System.Runtime.InteropServices;

namespace Sluice.Transport;

/// <summary>How much of the bytes that the system has taken was sent and acknowledged.</summary>
/// <param name="Acknowledged">Bytes that the other end's system has received so far.</param>
/// <param name="Unsent">Bytes that wait to be sent, since the other end reads too slowly, or the network is slow.</param>
/// <param name="InFlight">Segments that were sent and are not acknowledged yet; the FIN is one.</param>
internal readonly record struct SendProgress(long Acknowledged, long Unsent, int InFlight)
{
    /// <summary>Option TCP_INFO of Linux: level, name, and its length up to tcpi_notsent_bytes, which it has from 4.6 on.</summary>
    public const int TcpInfoLevel = 6;
    public const int TcpInfo = 11;
    public const int TcpInfoBytes = 148;

    /// <summary>Reads a struct tcp_info. Returns the default if it is too short.</summary>
    public static SendProgress FromTcpInfo(ReadOnlySpan<byte> info) => info.Length < TcpInfoBytes
        ? default
        : new SendProgress(
            MemoryMarshal.Read<long>(info[120..]), MemoryMarshal.Read<uint>(info[144..]), MemoryMarshal.Read<int>(info[24..]));

    /// <summary>Whether the other end's system has everything; also true if the system does not say.</summary>
    public bool IsDelivered => Unsent == 0 && InFlight == 0;
}
