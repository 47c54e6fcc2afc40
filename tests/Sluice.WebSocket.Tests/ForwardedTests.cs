using System.Text;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.WebSocket.Tests.Kit;

namespace Sluice.WebSocket.Tests;

/// <summary>The client that a proxy names, in the request or before it, and one that only pretends.</summary>
public class ForwardedTests
{
    /// <summary>Lines of the request → the client; null = the other end of the connection.</summary>
    public static TheoryData<string[], string?> Chains => new()
    {
        { ["X-Forwarded-For: 203.0.113.7"], "203.0.113.7:0" },
        { ["x-forwarded-for: 203.0.113.7:4711"], "203.0.113.7:4711" },
        { ["X-Forwarded-For: 2001:db8::7"], "[2001:db8::7]:0" },
        { ["X-Forwarded-For: [2001:db8::7]"], "[2001:db8::7]:0" },
        { ["X-Forwarded-For: [2001:db8::7]:4711"], "[2001:db8::7]:4711" },
        { ["X-Forwarded-For: 198.51.100.9, 203.0.113.7"], "203.0.113.7:0" },
        { ["X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 203.0.113.7, 127.0.0.5"], "203.0.113.7:0" },
        { ["X-Forwarded-For: 203.0.113.7, 127.0.0.9 ,127.0.0.8"], "203.0.113.7:0" },
        { ["X-Forwarded-For: \"; drop table, 203.0.113.7"], "203.0.113.7:0" },
        { ["X-Forwarded-For: 203.0.113.7, unknown, 127.0.0.8"], "127.0.0.8:0" },
        { ["X-Forwarded-For: 203.0.113.7, 0x7f.1"], null },
        { ["X-Forwarded-For: 203.0.113.7:0"], null },
        { ["X-Forwarded-For: 203.0.113.7:99999"], null },
        { ["X-Forwarded-For: [203.0.113.7]"], null },
        { ["X-Forwarded-For: fe80::1%eth0"], null },
        { ["X-Forwarded-For: ,,"], null },
        { [$"X-Forwarded-For: 203.0.113.7{string.Concat(Enumerable.Repeat(", 127.0.0.5", 500))}"], "127.0.0.5:0" },
        { [], null },
    };

    [Theory]
    [MemberData(nameof(Chains))]
    public async Task The_client_is_the_last_one_that_is_no_trusted_proxy(string[] lines, string? expected)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { TrustForwardedFor = [Range("127.0.0.0/8")] });
        using WsClient client = await WsClient.EnterAsync(world.EndPoint, backend.Key, lines);
        expected ??= client.Socket.LocalEndPoint!.ToString();
        client.Socket.Reset();
        Assert.Equal(expected, (await world.NextEndedAsync())["Client"]!.ToString());
    }

    [Fact]
    public async Task No_other_address_is_trusted()
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { TrustForwardedFor = [Range("192.0.2.0/24")] });
        using WsClient client = await WsClient.EnterAsync(
            world.EndPoint, backend.Key, "X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 203.0.113.7");
        string own = client.Socket.LocalEndPoint!.ToString()!;
        client.Socket.Reset();
        Assert.Equal(own, (await world.NextEndedAsync())["Client"]!.ToString());
    }

    [Fact]
    public async Task Limits_count_the_client_that_is_named()
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { TrustForwardedFor = [Range("127.0.0.1")] },
            options => options with
            {
                Limits = new LimitOptions { MaxConnectionsPerIp = 1 },
                Clients = new ClientOptions { Deny = [Range("203.0.113.66")] },
            });
        using WsClient first = await WsClient.EnterAsync(world.EndPoint, backend.Key, "X-Forwarded-For: 203.0.113.7");
        using WsClient other = await WsClient.EnterAsync(world.EndPoint, backend.Key, "X-Forwarded-For: 203.0.113.8");
        using WsClient second = await WsClient.UpgradeAsync(
            world.EndPoint, WsClient.Request("/", $"server-identify: {backend.Key}", "X-Forwarded-For: 203.0.113.7"));
        await second.AssertClosedAsync(1013, "error busy");

        using WsClient unwanted = await WsClient.ConnectAsync(world.EndPoint);
        await unwanted.SendAsync(
            Encoding.ASCII.GetBytes(WsClient.Request("/", $"server-identify: {backend.Key}", "X-Forwarded-For: 203.0.113.66")));
        Assert.True(await unwanted.Socket.IsResetAsync());
    }

    [Fact]
    public async Task A_header_may_go_before_the_request_and_its_client_may_be_a_proxy_again()
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { AcceptProxyFrom = [Range("127.0.0.1")], TrustForwardedFor = [Range("198.51.100.0/24")] });
        foreach ((string edge, string client) in ((string, string)[])[("198.51.100.2", "203.0.113.7:0"), ("192.0.2.9", "192.0.2.9:4711")])
        {
            using WsClient socket = await WsClient.ConnectAsync(world.EndPoint);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"PROXY TCP4 {edge} 127.0.0.1 4711 80\r\n" + WsClient.Request(
                    "/", $"server-identify: {backend.Key}", "X-Forwarded-For: 203.0.113.7")));
            await socket.ReadAnswerAsync();
            await socket.AssertMessageAsync("ok"u8.ToArray());
            socket.Socket.Reset();
            Assert.Equal(client, (await world.NextEndedAsync())["Client"]!.ToString());
        }
    }

    [Fact]
    public async Task A_header_of_a_stranger_is_no_request()
    {
        await using GatewayWorld world = await WsWorld.StartAsync();
        foreach (byte[] header in (byte[][])[[.. "PROXY TCP4 192.0.2.1 127.0.0.1 4711 80\r\n\r\n"u8], [.. "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"u8]])
        {
            using WsClient client = await WsClient.ConnectAsync(world.EndPoint);
            await client.SendAsync(header);
            Assert.StartsWith("HTTP/1.1 400 ", Encoding.ASCII.GetString(await client.Socket.ReceiveToEndAsync()), StringComparison.Ordinal);
            Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
        }
    }

    [Fact]
    public async Task A_rejected_client_takes_no_place_of_one_that_is_just_connecting()
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(change: options => options with
        {
            Limits = new LimitOptions { MaxConnections = 1, MaxPendingHandshakes = 1 },
        });
        using WsClient coming = await WsClient.ConnectAsync(world.EndPoint);
        await world.PassTurnsAsync();
        using WsClient refused = await WsClient.ConnectAsync(world.EndPoint);
        Assert.Empty(await refused.Socket.ReceiveToEndAsync());
        await coming.SendAsync(Encoding.ASCII.GetBytes(WsClient.Request("/", $"server-identify: {backend.Key}")));
        await coming.ReadAnswerAsync();
        await coming.AssertMessageAsync("ok"u8.ToArray());
    }

    private static AddressRange Range(string text) =>
        AddressRange.TryParse(text, out AddressRange range) ? range : throw new FormatException(text);
}
