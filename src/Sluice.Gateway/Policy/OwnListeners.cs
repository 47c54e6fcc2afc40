using System.Net;
using System.Net.Sockets;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>The ports that this gateway listens on: a session to itself would dial itself again, without end.</summary>
public sealed class OwnListeners
{
    private volatile int[] _ports = [];

    /// <summary>Adds a port that is listened on.</summary>
    public void Add(int port) => _ports = [.. _ports, port];

    /// <summary>True where an address is one of this machine's, loopback included, and the port is one of the gateway's.</summary>
    public bool Contains(in NetworkAddress address) => Array.IndexOf(_ports, address.Port) >= 0 && IsLocal(address.ToIPAddress());

    /// <summary>Asks the system by binding to the address: always up to date, and only reached with one of the gateway's own ports.</summary>
    private static bool IsLocal(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
