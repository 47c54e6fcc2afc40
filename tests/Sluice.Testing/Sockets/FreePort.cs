using System.Net;
using System.Net.Sockets;

namespace Sluice.Testing.Sockets;

/// <summary>Finds ports that nobody listens on.</summary>
/// <remarks>
/// The ports are below those that systems assign to outgoing connections and to listeners on port 0 (on Linux from 32768). A killed
/// server therefore finds its port free when it restarts, and a client that dials the port meanwhile is never connected to itself.
/// </remarks>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 18_000;

    private static int _taken = Random.Shared.Next(Count);

    /// <summary>Returns this many different ports of 127.0.0.1.</summary>
    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take(IPAddress.Loopback))];

    /// <summary>Returns a port of this address.</summary>
    public static int Take(IPAddress address)
    {
        while (true)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _taken) % Count);
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, port));
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
