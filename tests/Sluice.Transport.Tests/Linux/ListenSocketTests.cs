using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Tests.Linux;

[SupportedOSPlatform("linux")]
public sealed class ListenSocketTests
{
    [Fact]
    public async Task A_closed_listener_refuses_clients_though_a_starting_child_holds_its_descriptor()
    {
        using var loop = new TestLoop(PollerKind.Epoll);
        ListenSocket socket = await loop.RunAsync(
            () => loop.Loop.Sockets.Listen(
                new IPEndPoint(IPAddress.Loopback, FreePort.Take(1)[0]), new TcpListenOptions(), sharePort: false));
        using var childs = new SafeSocketHandle(Duplicate((int)socket.Handle), ownsHandle: true);

        socket.Close();

        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => RawSockets.ConnectAsync(socket.LocalEndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        // And the port is free for the next, of one loop or of several.
        foreach (bool shared in new[] { false, true })
        {
            ListenSocket next = await loop.RunAsync(() => loop.Loop.Sockets.Listen(socket.LocalEndPoint, new TcpListenOptions(), shared));
            using Socket client = await RawSockets.ConnectAsync(next.LocalEndPoint);
            next.Close();
        }
    }

    [DllImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static extern int Duplicate(int descriptor);
}
