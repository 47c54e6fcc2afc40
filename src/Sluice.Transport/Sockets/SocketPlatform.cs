using System.Net;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Sockets;

/// <summary>The system's socket calls, in the few forms that the loops need. Every socket is non-blocking.</summary>
internal abstract class SocketPlatform
{
    /// <summary>Whether several sockets may listen on one port and the kernel spreads connections over them.</summary>
    public abstract bool CanShareListenPort { get; }

    /// <summary>How datagrams move: what the system supports of the batching that was asked for.</summary>
    public abstract UdpBatching UdpBatching { get; }

    /// <summary>Binds and listens.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="options">Settings of the socket and of what it accepts.</param>
    /// <param name="sharePort">Joins a port whose first socket called <see cref="ListenSocket.SharePort"/>; otherwise the port must be
    /// free.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use, not of this machine, or not permitted.</exception>
    public abstract ListenSocket Listen(IPEndPoint endPoint, TcpListenOptions options, bool sharePort);

    /// <summary>
    /// Begins to connect. The socket turns writable when the attempt has ended; <see cref="StreamSocket.TakeError"/> says how.
    /// </summary>
    /// <exception cref="System.Net.Sockets.SocketException">The attempt failed at once.</exception>
    public abstract StreamSocket BeginConnect(in NetworkAddress address);

    /// <summary>Binds a UDP socket.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="bufferBytes">Size of its receive and send buffer; the system may grant less.</param>
    /// <param name="sharePort">Joins a port whose first socket called <see cref="DatagramSocket.SharePort"/>; otherwise the port must be
    /// free.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use, not of this machine, or not permitted.</exception>
    public abstract DatagramSocket Bind(IPEndPoint endPoint, int bufferBytes, bool sharePort);

    /// <summary>Opens a UDP socket that speaks with one peer only.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">There is no route, or no descriptor.</exception>
    public abstract DatagramSocket ConnectDatagrams(in NetworkAddress address, int bufferBytes);

    /// <summary>Creates the room that the UDP sockets of this platform receive into.</summary>
    public abstract ReceiveBatch CreateReceiveBatch();
}
