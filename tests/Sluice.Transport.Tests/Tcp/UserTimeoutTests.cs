using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;
using Sluice.Transport.Tcp;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Tcp;

/// <summary>
/// A peer that vanishes while it is written to is lost after the user timeout. In a network whose cable is pulled; the kernel's time is
/// real.
/// </summary>
public class UserTimeoutTests
{
    public static TheoryData<PollerKind, bool> Legs => [.. Pollers.All.SelectMany(poller =>
        new[] { true, false }.Select(dialled => new TheoryDataRow<PollerKind, bool>(poller.Data, dialled)))];

    [Theory]
    [MemberData(nameof(Legs))]
    public async Task A_peer_that_vanished_is_lost(PollerKind poller, bool dialled)
    {
        using var loop = new TestLoop(poller, userTimeoutSeconds: 1);
        await loop.EnterNetworkNamespaceAsync();
        var handler = new RecordingHandler();
        Socket peer = null!;
        TcpConnection connection = null!;
        if (dialled)
        {
            using Socket listener = await loop.RunAsync(() => RawSockets.Listen());
            connection = (await loop.StartAsync(() => TcpConnection.ConnectAsync(loop.Loop, listener.Address(), 60_000))).Connection!;
            peer = await loop.RunAsync(listener.Accept);
            await loop.RunAsync(() => connection.Handler = handler);
        }
        else
        {
            var accepted = new TaskCompletionSource<TcpConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
            TcpServer server = await TcpServer.StartAsync(
                [loop.Loop],
                new IPEndPoint(IPAddress.Loopback, 0),
                new TcpListenOptions(),
                taken =>
                {
                    taken.Handler = handler;
                    accepted.SetResult(taken);
                });
            peer = await loop.RunAsync(() =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Connect(server.LocalEndPoint);
                return socket;
            });
            connection = await accepted.Task.WaitAsync(Observed.HungAfter);
            await server.StopAsync();
        }

        await loop.RunAsync(connection.Resume);
        await loop.RunAsync(() =>
        {
            NetworkNamespace.SetLoopback(up: false);
            Assert.Equal(5, connection.Write("hello"u8));
        });
        await handler.UntilAsync(() => handler.LostCount == 1);
        Assert.Equal(SocketError.TimedOut, handler.LostError);
        peer.Dispose();
    }
}
