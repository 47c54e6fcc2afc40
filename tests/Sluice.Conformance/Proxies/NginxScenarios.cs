using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Policy;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance.Proxies;

/// <summary>Headers that nginx writes (version 1), also for clients that another proxy announced to it.</summary>
public class NginxScenarios
{
    private static readonly Engine Engine = new(default, ZeroCopy: true);

    [Theory]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 4711 443", "[2001:db8::7]:4711")]
    [InlineData("PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 4711 443", "203.0.113.7:4711")]
    [InlineData("PROXY TCP4 203.0.113.7 198.51.100.1 4711 443", "203.0.113.7:4711")]
    public async Task A_client_announced_to_nginx_is_read_for_any_family_of_its_listener(string announced, string client)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartGateAsync();
        foreach (IPAddress address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            int port = FreePort.Take(address);
            await using Nginx nginx = await Nginx.StartAsync(
                $"{new IPEndPoint(address, port)} proxy_protocol", world.EndPoint, $"set_real_ip_from {address};");
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(address, port);
            await AssertServedAsync(world, socket, announced, backend.Key, client);
        }
    }

    [Fact]
    public async Task A_client_announced_to_a_unix_socket_of_nginx_is_read()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartGateAsync();
        await using Nginx nginx = await Nginx.StartAsync("UNIX proxy_protocol", world.EndPoint, "set_real_ip_from unix:;");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(nginx.UnixSocket));
        await AssertServedAsync(world, socket, "PROXY TCP4 203.0.113.7 198.51.100.1 4711 443", backend.Key, "203.0.113.7:4711");
    }

    [Fact]
    public async Task A_client_without_an_address_counts_as_nginx_itself()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartGateAsync();
        await using Nginx nginx = await Nginx.StartAsync("UNIX", world.EndPoint);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(nginx.UnixSocket));
        await AssertServedAsync(world, socket, null, backend.Key, "127.0.0.1:");
    }

    [Fact]
    public async Task An_IPv4_client_of_a_listener_for_both_families_is_read_as_IPv4()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartGateAsync();
        int port = FreePort.Take(IPAddress.Loopback);
        await using Nginx nginx = await Nginx.StartAsync($"[::]:{port} ipv6only=off", world.EndPoint);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await AssertServedAsync(world, socket, null, backend.Key, socket.LocalEndPoint!.ToString()!);
    }

    private static async Task AssertServedAsync(GatewayWorld world, Socket socket, string? announced, string key, string client)
    {
        byte[] header = announced is null ? [] : Encoding.ASCII.GetBytes(announced + "\r\n");
        await socket.SendAllAsync((byte[])[.. header, .. GatewayWorld.Frame(key), .. "hello"u8]);
        Assert.Equal(GatewayWorld.Join(GatewayWorld.Ok, "hello"u8.ToArray()), await socket.ReceiveExactlyAsync(GatewayWorld.Ok.Length + 5));
        socket.Shutdown(SocketShutdown.Send);
        Assert.Empty(await socket.ReceiveToEndAsync());
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.StartsWith(client, line["Client"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("completed", line["Reason"]);
    }

    private static Task<GatewayWorld> StartGateAsync() => GatewayWorld.StartAsync(
        Engine,
        options => options with
        {
            Tcp = options.Tcp! with { AcceptProxyFrom = [AddressRange.TryParse("127.0.0.1", out AddressRange range) ? range : default] },
        });
}
