using System.Net;
using Sluice.Testing.Kcp;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Tests.Udp;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>
/// A port on all addresses of a machine answers each client from the address that it sent to; clients and NATs take no other answer.
/// </summary>
public class LocalAddressTests
{
    private const uint Conv = 0x1234_5678;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [DatagramEngines("0.0.0.0", "127.0.0.2", "127.0.0.3")]
    [DatagramEngines("::", "127.0.0.2", "::1")]
    public async Task A_session_stays_with_the_address_that_its_client_used(
        PollerKind poller, string ways, string bound, string one, string other)
    {
        Assert.SkipWhen(poller == PollerKind.Poll, "The framework's sockets cannot choose whom they send as.");
        using KcpHost host = await KcpHost.StartAsync(poller, address: IPAddress.Parse(bound), batching: Ways.Read(ways));
        host.OnAccepted = (connection, handler) => handler.OnReceived = count => connection.Write(handler.Bytes.AsSpan(^count..));
        foreach (string used in new[] { one, other })
        {
            var server = new IPEndPoint(IPAddress.Parse(used), host.Address.Port);
            byte[] sent = RawSockets.Noise(50_000);
            using var client = new KcpClient(server);
            int written = 0;
            await host.RunUntilAsync(client, () =>
            {
                written += client.Write(sent.AsSpan(written));
                return client.Received.Length >= sent.Length;
            });
            Assert.Equal(sent, client.Received);
            Assert.Equal(NetworkAddress.From(server), (await host.SessionAsync(host.Begun - 1)).Connection.LocalAddress);
        }
    }

    [Theory]
    [DatagramEngines("0.0.0.0")]
    [DatagramEngines("::")]
    public async Task The_answer_to_datagrams_after_the_end_comes_from_that_address_too(PollerKind poller, string ways, string bound)
    {
        Assert.SkipWhen(poller == PollerKind.Poll, "The framework's sockets cannot choose whom they send as.");
        using KcpHost host = await KcpHost.StartAsync(poller, address: IPAddress.Parse(bound), batching: Ways.Read(ways));
        using var peer = new UdpPeer(new IPEndPoint(IPAddress.Parse("127.0.0.2"), host.Address.Port));
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        peer.SendDatagram(first);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await handler.UntilAsync(() => handler.ByteCount == 5);
        await peer.ReceiveDatagramAsync();
        await host.Loop.RunAsync(connection.Close);
        await host.FenceAsync();
        Assert.Equal(0, await host.LiveAsync());

        peer.SendDatagram(first);
        Assert.Equal((Handmade.AckCommand, 0u, 1u, (ushort)1), Handmade.Read(await peer.ReceiveDatagramAsync()));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_port_on_one_address_has_no_choice(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller, address: IPAddress.Loopback);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "hello"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await handler.UntilAsync(() => handler.ByteCount == 5);
        Assert.Equal(default, connection.LocalAddress);
    }
}
