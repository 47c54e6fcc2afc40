using System.Net;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Vocabulary;

namespace Sluice.Interop;

/// <summary>The examples work with the gateway and with each other, in every combination that the README lists.</summary>
public sealed class ExampleScenarios
{
    private static readonly string[] Talk = ["the gateway says: ok", "the backend says: hello from the other side of the gateway"];

    [Fact]
    public async Task The_tcp_client_reaches_the_tcp_server()
    {
        (ExampleProgram server, IPEndPoint backend) = await ExampleProgram.StartServerAsync("TcpServer");
        using ExampleProgram running = server;
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions(), change: options => options with { Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 } });
        IPEndPoint gateway = world.Gateway.Listeners.Single(listener => listener.Protocol == Protocol.Tcp).EndPoint;

        (int exitCode, string[] output) = await ExampleProgram.RunAsync("TcpClient", $"{gateway}", $"{backend}");

        Assert.Equal(Talk, output);
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("TcpServer", false, "0/0", 0)]
    [InlineData("TcpServer", false, "10/3", 0)]
    [InlineData("KcpServer", true, "0/0", 0)]
    [InlineData("KcpServer", true, "10/3", 0)]
    [InlineData("KcpServer", true, "10/3", 10)]
    public async Task The_kcp_client_reaches_the_server(string name, bool reciprocity, string fec, int lossPercent)
    {
        (ExampleProgram server, IPEndPoint backend) = await ExampleProgram.StartServerAsync(name);
        using ExampleProgram running = server;
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions { Reciprocity = reciprocity });
        using LossyLink link = LossyLink.Start(world.EndPoint, lossPercent, seed: 11);

        (int exitCode, string[] output) = await ExampleProgram.RunAsync("KcpClient", $"127.0.0.1:{link.Port}", $"{backend}", fec);

        Assert.Equal(Talk, output);
        Assert.Equal(0, exitCode);
        Assert.Equal(fec == "0/0", link.ToServer.FecData == 0);
        Assert.Equal(fec == "0/0", link.ToClient.FecData == 0);
        Assert.Empty(world.Errors);
    }

    [Fact]
    public async Task The_kcp_client_prints_why_it_was_rejected()
    {
        await using GatewayWorld world = await GatewayWorld.StartAsync(new KcpGateOptions());

        (int exitCode, string[] output) = await ExampleProgram.RunAsync("KcpClient", $"{world.EndPoint}", "8.8.8.8:53");

        Assert.Equal(["the gateway says: error denied"], output);
        Assert.Equal(1, exitCode);
    }
}
