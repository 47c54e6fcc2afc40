using System.Net;
using System.Net.Sockets;

namespace Sluice.Testing.Sockets;

/// <summary>Ports that nobody listens on.</summary>
/// <remarks>
/// They lie below those that systems give to outgoing connections and to listeners without a wish (Linux: from 32768). So a server that is killed
/// finds its port free when it is started again, whatever else runs, and a client that asks for it meanwhile is never connected to itself.
/// </remarks>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 18_000;

    private static int _taken = Random.Shared.Next(Count);

    /// <summary>So many different ports of 127.0.0.1.</summary>
    public static int[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => Take(IPAddress.Loopback))];

    /// <summary>A port of this address.</summary>
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
