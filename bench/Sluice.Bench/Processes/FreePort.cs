using System.Net;
using System.Net.Sockets;

namespace Sluice.Bench.Processes;

/// <summary>Finds a port for programs that cannot bind port 0, below the kernel's ephemeral range.</summary>
internal static class FreePort
{
    private static int _next = Random.Shared.Next(20_000, 30_000);

    public static int Take()
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            var port = _next++;
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // In use; try the next one.
            }
        }

        throw new BenchException("no free port");
    }
}
