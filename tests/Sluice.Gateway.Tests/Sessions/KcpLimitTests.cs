using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Tests.Kit;
using Sluice.Kcp;
using Sluice.Testing.Sockets;
using Sluice.Transport;
using Sluice.Transport.Kcp;
using Sluice.Transport.Platform;

namespace Sluice.Gateway.Tests.Sessions;

/// <summary>KCP clients: what their backends are told of them, and what becomes of those above a limit.</summary>
public class KcpLimitTests
{
    private static readonly byte[] Busy = FrameParser.Build("error busy"u8);

    /// <summary>A KCP backend sends back what it gets, the header included.</summary>
    [Theory]
    [InlineData(ProxyProtocolVersion.V1)]
    [InlineData(ProxyProtocolVersion.V2)]
    public async Task A_kcp_backend_is_told_who_its_client_is_in_the_first_bytes_of_the_stream(ProxyProtocolVersion version)
    {
        using var loop = EventLoopFactory.Create(new EventLoopOptions { Name = "backend", TimeProvider = TimeProvider.System });
        loop.Start();
        KcpServer backend = await KcpServer.StartAsync(
            [loop],
            new IPEndPoint(IPAddress.Loopback, 0),
            new KcpEndpointOptions { Session = new KcpOptions { NoDelay = true, Interval = 10, StreamMode = true } },
            connection =>
            {
                connection.Handler = new Echo(connection);
                connection.Resume();
            });
        await using SluiceGateway gateway = await StartAsync(new GatewayOptions { ProxyProtocol = version });
        using var client = new KcpSocket(gateway.Listeners[0].EndPoint, KcpFec.None);
        client.Send(FrameParser.Build(Encoding.UTF8.GetBytes(backend.LocalEndPoint.ToString())));
        Assert.Equal([2, 0, 0, 0, (byte)'o', (byte)'k'], client.Receive(6));
        if (version == ProxyProtocolVersion.V1)
        {
            string line = $"PROXY TCP4 127.0.0.1 127.0.0.1 {client.Address.Port} {gateway.Listeners[0].EndPoint.Port}\r\n";
            Assert.Equal(line, Encoding.ASCII.GetString(client.Receive(line.Length)));
        }
        else
        {
            byte[] start = client.Receive(28);
            Assert.Equal([0x21, 0x11], start[12..14]);
            Assert.Equal(client.Address.Port, (start[24] << 8) | start[25]);
            byte[] values = client.Receive((start[14] << 8) + start[15] - 12);
            Assert.EndsWith("\u00e0\0\u0003kcp", Encoding.Latin1.GetString(values), StringComparison.Ordinal);
        }

        client.Send("hello"u8);
        Assert.Equal("hello"u8.ToArray(), client.Receive(5));
        await backend.StopAsync();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Above_a_limit_a_kcp_client_is_told_so(int inAll, int perIp)
    {
        using Socket backend = RawSockets.Listen();
        await using SluiceGateway gateway = await StartAsync(
            new GatewayOptions { Limits = new LimitOptions { MaxConnections = inAll, MaxConnectionsPerIp = perIp } });
        using var first = new KcpSocket(gateway.Listeners[0].EndPoint, KcpFec.None);

        // One that stopped in the middle of its key would be forgotten after seconds, which a busy machine may take to here.
        first.Send(FrameParser.Build(Encoding.UTF8.GetBytes($"tcp://{backend.LocalEndPoint}")));
        Assert.Equal(FrameParser.Build("ok"u8), first.Receive(6));
        using var second = new KcpSocket(gateway.Listeners[0].EndPoint, KcpFec.None);
        second.Send([14, 0, 0, 0]);
        Assert.Equal(Busy, second.Receive(Busy.Length));
        Assert.Equal(1, await gateway.Loops[0].InvokeAsync(() => gateway.SessionsNow));
    }

    [Fact]
    public async Task Datagrams_of_who_is_not_served_are_dropped_and_others_are_served()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux lends the whole of 127.0.0.0/8");
        await using SluiceGateway gateway = await StartAsync(
            new GatewayOptions { Clients = new ClientOptions { Deny = [AddressRange.Parse("127.0.0.6")] } });
        using var unwanted = new KcpSocket(gateway.Listeners[0].EndPoint, KcpFec.None, from: "127.0.0.6");
        unwanted.Send(FrameParser.Build("?"u8));
        using var served = new KcpSocket(gateway.Listeners[0].EndPoint, KcpFec.None);
        served.Send(FrameParser.Build("?"u8));
        byte[] answer = FrameParser.Build("error bad_key"u8);
        Assert.Equal(answer, served.Receive(answer.Length));
        Assert.False(unwanted.HasAnswer);
    }

    private static async Task<SluiceGateway> StartAsync(GatewayOptions options)
    {
        var gateway = new SluiceGateway(options with { Loops = 1, Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0 } });
        await gateway.StartAsync();
        return gateway;
    }

    private sealed class Echo(Connection connection) : IConnectionHandler
    {
        public void Received(Span<byte> data) => connection.Write(data);

        public void Writable()
        {
            // So little is sent that it is taken at once.
        }

        public void Finished()
        {
        }

        public void Lost(SocketError error)
        {
        }
    }
}
