using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Simulation;

/// <summary>One client of a <see cref="UdpLink"/>, and the socket by which the server knows it.</summary>
internal sealed class UdpLinkClient(SocketAddress address, Socket upstream)
{
    /// <summary>Where the client is.</summary>
    public SocketAddress Address => address;

    /// <summary>Its socket towards the server; another one after a rebinding.</summary>
    public Socket Upstream { get; set; } = upstream;

    /// <summary>Microseconds: the last datagram of either side.</summary>
    public long LastHeard { get; set; }
}
