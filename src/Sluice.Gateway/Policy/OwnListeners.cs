using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>The ports that this process listens on: a session to the gateway itself would dial itself again, without end.</summary>
public sealed class OwnListeners
{
    private readonly Action<IPAddress> _bind;
    private volatile int[] _tcpPorts = [];
    private volatile int[] _udpPorts = [];

    /// <summary>Creates an empty list.</summary>
    public OwnListeners()
        : this(Bind)
    {
    }

    internal OwnListeners(Action<IPAddress> bind) => _bind = bind;

    /// <summary>Adds a port that is listened on.</summary>
    /// <param name="protocol">What is spoken there: KCP takes the UDP port, everything else the TCP port.</param>
    /// <param name="port">1 to 65535.</param>
    public void Add(Protocol protocol, int port)
    {
        if (protocol == Protocol.Kcp)
        {
            _udpPorts = [.. _udpPorts, port];
        }
        else
        {
            _tcpPorts = [.. _tcpPorts, port];
        }
    }

    /// <summary>True where an address is one of this machine's, loopback included, and the port is one of the gateway's.</summary>
    /// <param name="protocol">What it would be dialled with.</param>
    /// <param name="address">Address and port.</param>
    public bool Contains(Protocol protocol, in NetworkAddress address) =>
        Array.IndexOf(protocol == Protocol.Kcp ? _udpPorts : _tcpPorts, address.Port) >= 0 && IsLocal(address.ToIPAddress());

    /// <summary>
    /// Asks the system by binding to the address: always up to date, and only reached with one of the gateway's own ports. An address is
    /// somebody else's where the system says so; what else keeps us from binding, such as a lack of descriptors, says nothing.
    /// </summary>
    private bool IsLocal(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        try
        {
            _bind(address);
            return true;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode != SocketError.AddressNotAvailable;
        }
    }

    private static void Bind(IPAddress address)
    {
        using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(address, 0));
    }
}
