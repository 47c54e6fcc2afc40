using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;

namespace Sluice.Conformance;

/// <summary>Clients that exceed their limits, and the clients next to them.</summary>
public class LimitScenarios
{
    public static TheoryData<Engine> Engines => Engine.Plain;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Clients_above_a_rate_are_rejected_until_time_has_passed(Engine engine)
    {
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, new LimitOptions { NewConnectionsPerIpPerSecond = 3 }, virtualTime: true);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 3; i++)
            {
                using Socket client = await world.EnterAsync(backend.Key);
            }

            Assert.Equal(GatewayWorld.Failure("busy"), await world.SendAndReadToEndAsync(GatewayWorld.Frame(backend.Key)));
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_subnet_has_its_own_limits(Engine engine)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux binds every address of 127.0.0.0/8");
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, new LimitOptions { MaxConnectionsPerSubnet = 2 });
        using Socket first = await EnterAsync(world, "127.0.1.1", backend.Key);
        using Socket second = await EnterAsync(world, "127.0.1.2", backend.Key);
        using Socket third = await ConnectAsync(world, "127.0.1.3");
        await third.SendAllAsync(GatewayWorld.Frame(backend.Key));
        Assert.Equal(GatewayWorld.Failure("busy"), await third.ReceiveToEndAsync());
        using Socket other = await EnterAsync(world, "127.0.2.1", backend.Key);
    }

    /// <summary>Up to a limited rate each rejected client gets the reason. In a flood the other connections are just closed.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_flood_gets_error_replies_up_to_a_rate_and_other_clients_are_still_served(Engine engine)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux binds every address of 127.0.0.0/8");
        const int MostReplies = 500;
        await using var backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(
            engine, new LimitOptions { MaxConnectionsPerIp = 2, MaxPendingHandshakes = 50 }, virtualTime: true);
        using Socket before = await EnterAsync(world, "127.0.0.9", backend.Key);
        using Socket first = await EnterAsync(world, "127.0.0.6", backend.Key);
        using Socket second = await EnterAsync(world, "127.0.0.6", backend.Key);
        int replies = 0;
        for (int i = 0; i < MostReplies + 100; i++)
        {
            using Socket refused = await ConnectAsync(world, "127.0.0.6");
            replies += (await ReadUntilGoneAsync(refused)).AsSpan().SequenceEqual(GatewayWorld.Failure("busy")) ? 1 : 0;
        }

        Assert.Equal(MostReplies, replies);
        using Socket during = await EnterAsync(world, "127.0.0.7", backend.Key);
        foreach (Socket unharmed in (Socket[])[before, first, second, during])
        {
            await unharmed.SendAllAsync("still here"u8.ToArray());
            Assert.Equal("still here"u8.ToArray(), await unharmed.ReceiveExactlyAsync(10));
        }

        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        using Socket later = await ConnectAsync(world, "127.0.0.6");
        Assert.Equal(GatewayWorld.Failure("busy"), await later.ReceiveToEndAsync());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_client_that_is_not_served_gets_no_answer(Engine engine)
    {
        await using var backend = TestBackend.StartEcho();
        ClientOptions[] unserved = [new() { Deny = [Range("127.0.0.0/8")] }, new() { Allow = [Range("192.0.2.0/24")] }];
        foreach (ClientOptions clients in unserved)
        {
            await using GatewayWorld world = await GatewayWorld.StartAsync(engine, options => options with { Clients = clients });
            for (int i = 0; i < 10; i++)
            {
                using Socket client = await world.ConnectAsync();
                Assert.Empty(await ReadUntilGoneAsync(client));
            }
        }

        Assert.Equal(0, backend.Accepted);
        await using GatewayWorld open = await GatewayWorld.StartAsync(
            engine,
            options => options with { Clients = new ClientOptions { Allow = [Range("127.0.0.0/8")], Deny = [Range("127.0.0.2")] } });
        using Socket served = await open.EnterAsync(backend.Key);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task New_clients_are_rejected_when_memory_runs_out(Engine engine)
    {
        await using GatewayWorld world = await StartAsync(engine, new LimitOptions { MaxMemoryBytes = 1 });
        Assert.Equal(GatewayWorld.Failure("busy"), await world.SendAndReadToEndAsync(GatewayWorld.Frame("127.0.0.1:1")));
    }

    private static Task<GatewayWorld> StartAsync(Engine engine, LimitOptions limits, bool virtualTime = false) =>
        GatewayWorld.StartAsync(engine, options => options with { Limits = limits }, virtualTime);

    private static AddressRange Range(string text) =>
        AddressRange.TryParse(text, out AddressRange range) ? range : throw new FormatException(text);

    private static async Task<Socket> ConnectAsync(GatewayWorld world, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(world.EndPoint);
        return socket;
    }

    private static async Task<Socket> EnterAsync(GatewayWorld world, string from, string key)
    {
        Socket client = await ConnectAsync(world, from);
        await client.SendAllAsync(GatewayWorld.Frame(key));
        Assert.Equal(GatewayWorld.Ok, await client.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
        return client;
    }

    private static async Task<byte[]> ReadUntilGoneAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveToEndAsync();
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset)
        {
            return [];
        }
    }
}
