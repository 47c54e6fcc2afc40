using System.Net;
using System.Net.Sockets;

namespace Sluice.Registries.Tests.Kit;

/// <summary>Ports of the loopback that nobody listens on.</summary>
internal static class FreePort
{
    /// <summary>So many different ports, all held at once before any is given back.</summary>
    public static int[] Take(int count)
    {
        var sockets = new Socket[count];
        try
        {
            for (int i = 0; i < count; i++)
            {
                sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets[i].Bind(new IPEndPoint(IPAddress.Loopback, 0));
            }

            return [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            foreach (Socket socket in sockets)
            {
                socket?.Dispose();
            }
        }
    }
}
