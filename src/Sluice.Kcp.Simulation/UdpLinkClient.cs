using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Simulation;

/// <summary>A client of a <see cref="UdpLink"/>, with the socket that the server sees.</summary>
internal sealed class UdpLinkClient(SocketAddress address, Socket upstream)
{
    /// <summary>The client's address.</summary>
    public SocketAddress Address => address;

    /// <summary>Its socket to the server, replaced when the link rebinds.</summary>
    public Socket Upstream { get; set; } = upstream;

    /// <summary>When either side last sent a datagram, in microseconds.</summary>
    public long LastHeard { get; set; }
}
