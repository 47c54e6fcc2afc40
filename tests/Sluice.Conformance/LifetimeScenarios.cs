using System.Net.Sockets;
using Sluice.Gateway;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Transport.Loop;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance;

/// <summary>Resources that the gateway holds, and the ways it stops.</summary>
public sealed class LifetimeScenarios
{
    public static TheoryData<Engine> Engines => Engine.All;

    public static TheoryData<Engine> EnginesWithoutTls => Engine.WithoutTls;

    [Theory, MemberData(nameof(Engines))]
    public async Task Five_thousand_sessions_leak_no_descriptor(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        await RunSessionsAsync(200);
        int before = CountDescriptors();
        await RunSessionsAsync(5000);
        await world.UntilDescriptorsAsync(before + 8);

        async Task RunSessionsAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Socket client = await world.EnterAsync(backend.Key);
                await client.SendAllAsync(new byte[] { 1, 2, 3 });
                await client.ReceiveExactlyAsync(3);
                client.Reset();
                await world.NextEndedAsync();
            }
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Relaying_allocates_nothing(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        using Socket client = await world.EnterAsync(backend.Key);
        EventLoop loop = world.Gateway.Loops[0];
        byte[] message = RandomBytes(64);
        byte[] bulk = RandomBytes(1024 * 1024);
        await EchoAsync(200);

        // The runtime itself may allocate once on the loop's thread (a compiler tier, a first wait). An allocation by the relay would
        // show in every round.
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = await loop.InvokeAsync(() => loop.AllocatedBytes);
            long asking = await loop.InvokeAsync(() => loop.AllocatedBytes) - before;
            await EchoAsync(2000);
            long after = await loop.InvokeAsync(() => loop.AllocatedBytes);
            least = Math.Min(least, after - before - (2 * asking));
        }

        Assert.InRange(least, long.MinValue, 0);

        async Task EchoAsync(int messages)
        {
            for (int i = 0; i < messages; i++)
            {
                await client.SendAllAsync(message);
                await client.ReceiveExactlyAsync(message.Length);
            }

            for (int i = 0; i < 10; i++)
            {
                Task sending = client.SendAllAsync(bulk);
                await client.ReceiveExactlyAsync(bulk.Length);
                await sending;
            }
        }
    }

    [Theory, MemberData(nameof(EnginesWithoutTls))]
    public async Task Draining_rejects_new_clients_and_lets_live_sessions_finish(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        using Socket live = await world.EnterAsync(backend.Key);
        using Socket undecided = await world.ConnectAsync();
        await world.PassTurnsAsync();
        Task stopped = world.Gateway.StopAsync();
        Assert.Equal(Failure("draining"), await undecided.ReceiveToEndAsync());
        Assert.Equal(Failure("draining"), await world.SendAndReadToEndAsync(Frame(backend.Key)));
        await live.SendAllAsync("still here"u8.ToArray());
        Assert.Equal("still here"u8.ToArray(), await live.ReceiveExactlyAsync(10));
        Assert.False(stopped.IsCompleted);
        live.Shutdown(SocketShutdown.Send);
        Assert.Empty(await live.ReceiveToEndAsync());
        await stopped.WaitAsync(SocketExtensions.Patience);
    }

    [Theory, MemberData(nameof(EnginesWithoutTls))]
    public async Task Sessions_are_closed_at_the_drain_timeout(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, virtualTime: true);
        using Socket live = await world.EnterAsync(backend.Key);
        Task stopped = world.Gateway.StopAsync();
        using Socket late = await world.ConnectAsync();
        Assert.Equal(Failure("draining"), await late.ReceiveToEndAsync());
        late.Dispose();
        while (!stopped.IsCompleted)
        {
            await world.AdvanceWhileStoppingAsync(TimeSpan.FromSeconds(31));
        }

        Assert.True(await live.IsResetAsync());
        Assert.Equal("draining", (await world.NextEndedAsync())["Reason"]);
        Assert.Equal("shutdown", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Disposing_closes_sessions_that_an_earlier_stop_still_drains(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, options => options with { DrainTimeout = TimeSpan.FromDays(1) });
        using Socket live = await world.EnterAsync(backend.Key);
        Task first = world.Gateway.StopAsync();
        Assert.False(first.IsCompleted);
        await world.Gateway.DisposeAsync().AsTask().WaitAsync(SocketExtensions.Patience);
        await first;
        Assert.True(await live.IsResetAsync());
        await world.Gateway.DisposeAsync();
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Disposing_closes_sessions_at_once(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine);
        using Socket live = await world.EnterAsync(backend.Key);
        await world.Gateway.DisposeAsync();
        Assert.True(await live.IsResetAsync());
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Several_loops_serve_one_port(Engine engine)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(engine, options => options with { Loops = 3 });
        var clients = new List<Socket>();
        for (int i = 0; i < 60; i++)
        {
            clients.Add(await world.EnterAsync(backend.Key));
        }

        foreach (Socket client in clients)
        {
            await client.SendAllAsync(new byte[] { 9 });
            Assert.Equal([9], await client.ReceiveExactlyAsync(1));
            client.Reset();
        }
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task A_port_in_use_is_reported_for_any_number_of_loops(Engine engine)
    {
        await using GatewayWorld first = await StartAsync(engine);
        foreach (int loops in new[] { 1, 2 })
        {
            ListenException failure = await Assert.ThrowsAsync<ListenException>(() => StartAsync(
                engine, options => options with { Loops = loops, Tcp = options.Tcp! with { Port = first.EndPoint.Port } }));
            Assert.Equal(SocketError.AddressAlreadyInUse, failure.Error);
            Assert.Contains($"127.0.0.1:{first.EndPoint.Port}", failure.Message, StringComparison.Ordinal);
        }
    }
}
