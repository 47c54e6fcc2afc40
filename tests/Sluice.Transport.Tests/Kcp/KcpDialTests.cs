using System.Net;
using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Kcp;

[Collection(nameof(Alone))]
public class KcpDialTests
{
    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [CombinatorialPollers(1)]
    [CombinatorialPollers(2)]
    [CombinatorialPollers(3)]
    [CombinatorialPollers(4)]
    public async Task A_port_without_a_listener_is_reported_after_the_first_write(PollerKind poller, int datagrams)
    {
        using var loop = new TestLoop(poller);
        using var refusing = new RefusingPort();
        (KcpConnection connection, RecordingHandler handler) = await DialAsync(loop, refusing.Address);
        await loop.SettleAsync();
        Assert.Equal(0, handler.LostCount);
        await loop.RunAsync(() => connection.Write(new byte[datagrams * connection.Session.MaxSegmentSize]));

        // Whichever call meets the refusal first, it is reported, and without a resend.
        await handler.UntilAsync(() => handler.LostCount > 0);
        Assert.Equal(SocketError.ConnectionRefused, handler.LostError);
        Assert.True(connection.IsClosed);
        Assert.True(await loop.IsAtRestAsync());
    }

    /// <summary>The loop meets the refusal first: the server's last datagrams arrive after the loop has looked for some.</summary>
    [Theory]
    [CombinatorialPollers(1)]
    [CombinatorialPollers(2)]
    [CombinatorialPollers(3)]
    [CombinatorialPollers(4)]
    public async Task Datagrams_that_arrived_before_a_send_is_refused_are_delivered(PollerKind poller, int datagrams)
    {
        const int PayloadBytes = 500;
        byte[] words = RawSockets.Noise(40 * PayloadBytes);
        using var loop = new TestLoop(poller);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = NetworkAddress.From((IPEndPoint)server.LocalEndPoint!);
        (KcpConnection connection, RecordingHandler handler) = await DialAsync(loop, address);
        handler.WantsLastBytes = true;
        await loop.RunAsync(() =>
        {
            connection.Resume();
            connection.Write("x"u8);
        });
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        EndPoint gateway = (await server.ReceiveFromAsync(
            new byte[2048], SocketFlags.None, server.LocalEndPoint!, hung.Token)).RemoteEndPoint;

        await loop.RunAsync(() =>
        {
            for (int i = 0; i * PayloadBytes < words.Length; i++)
            {
                byte[] datagram = Handmade.Push(connection.Session.Conv, (uint)i, words.AsSpan(i * PayloadBytes, PayloadBytes));
                server.SendTo(datagram, gateway);
            }

            server.Dispose();
            connection.Write(new byte[datagrams * connection.Session.MaxSegmentSize]);
        });

        await handler.UntilAsync(() => handler.LostCount > 0);
        RawSockets.SameBytes(words, handler.Bytes);
        Assert.Equal(["bytes", "lost"], handler.Story);
        Assert.Equal(SocketError.ConnectionRefused, handler.LostError);
        Assert.True(await loop.IsAtRestAsync());
    }

    [Theory]
    [CombinatorialPollers("127.0.0.1")]
    [CombinatorialPollers("::1")]
    public async Task Both_ends_of_the_gateway_understand_each_other(PollerKind poller, string address)
    {
        using KcpHost host = await KcpHost.StartAsync(poller, address: IPAddress.Parse(address));
        host.OnAccepted = (connection, handler) => handler.OnReceived = count => connection.Write(handler.Bytes.AsSpan(^count..));
        (KcpConnection connection, RecordingHandler handler) = await DialAsync(host.Loop, NetworkAddress.From(host.Endpoint.LocalEndPoint));
        byte[] sent = RawSockets.Noise(50_000);
        await host.Loop.RunAsync(() =>
        {
            connection.Resume();
            Assert.Equal(sent.Length, connection.Write(sent));
            connection.FinishWriting();
        });
        await handler.UntilAsync(() => handler.ByteCount == sent.Length && handler.FinishedCount == 1);
        RawSockets.SameBytes(sent, handler.Bytes);
        await host.Loop.RunAsync(connection.Close);
        Assert.Equal(0, handler.LostCount);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Descriptors_are_given_back(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var refusing = new RefusingPort();
        await RoundAsync();
        int before = Alone.SettledDescriptors();
        for (int i = 0; i < 3; i++)
        {
            await RoundAsync();
        }

        Alone.HoldsDescriptors(before);

        async Task RoundAsync()
        {
            for (int i = 0; i < 20; i++)
            {
                (KcpConnection connection, RecordingHandler handler) = await DialAsync(
                    host.Loop, i % 4 == 0 ? refusing.Address : NetworkAddress.From(host.Endpoint.LocalEndPoint));
                await host.Loop.RunAsync(() => connection.Write("x"u8));
                if (i % 4 == 0)
                {
                    await handler.UntilAsync(() => handler.LostCount > 0);
                }

                await host.Loop.RunAsync(i % 2 == 0 ? connection.Abort : connection.Close);
            }

            // What lingers is answered by the port, or given up.
            await host.Loop.AdvanceAsync(10_000);
        }
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_missing_route_is_reported_at_once(PollerKind poller)
    {
        using var loop = new TestLoop(poller);
        SocketError error = await loop.RunAsync(() => KcpDial.TryOpen(
            loop.Loop, NetworkAddress.From(IPAddress.Broadcast, 9), new KcpEndpointOptions(), out _));
        Assert.Equal(SocketError.AccessDenied, error);
    }

    private static async Task<(KcpConnection Connection, RecordingHandler Handler)> DialAsync(TestLoop loop, NetworkAddress address)
    {
        var handler = new RecordingHandler();
        KcpConnection connection = await loop.RunAsync(() =>
        {
            var options = new KcpEndpointOptions { Session = KcpHost.Turbo(fec: KcpFec.None) };
            Assert.Equal(SocketError.Success, KcpDial.TryOpen(loop.Loop, address, options, out KcpConnection? opened, loop.Log));
            opened!.Handler = handler;
            return opened;
        });
        return (connection, handler);
    }
}
