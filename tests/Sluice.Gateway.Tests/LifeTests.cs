using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests;

/// <summary>A gateway starts once and stops once, whatever fails and in whatever order it is asked to.</summary>
public class LifeTests
{
    [Fact]
    public async Task A_later_listener_whose_port_is_taken_fails_the_start_and_leaves_nothing_behind()
    {
        using Socket taken = RawSockets.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        int free = FreePort.Take(IPAddress.Loopback);
        var gateway = new SluiceGateway(Tcp(free) with { WebSocket = new WebSocketGateOptions { Bind = IPAddress.Loopback, Port = port } });

        ListenException failure = await Assert.ThrowsAsync<ListenException>(() => gateway.StartAsync());

        Assert.Contains($"[wsgate] cannot listen on 127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        Assert.Empty(gateway.Listeners);
        await Hung(gateway.StopAsync());
        await Hung(gateway.DisposeAsync().AsTask());
        await ServesAsync(free);
    }

    [Fact]
    public async Task A_source_address_of_another_machine_fails_the_start()
    {
        int free = FreePort.Take(IPAddress.Loopback);
        var gateway = new SluiceGateway(Tcp(free) with { SourceAddresses = [IPAddress.Loopback, IPAddress.Parse("192.0.2.1")] });

        SourceAddressException failure = await Assert.ThrowsAsync<SourceAddressException>(() => gateway.StartAsync());

        Assert.Contains("cannot dial from 192.0.2.1: this machine does not have it", failure.Message, StringComparison.Ordinal);
        Assert.Equal(IPAddress.Parse("192.0.2.1"), failure.Address);
        await ServesAsync(free);
        await Hung(gateway.DisposeAsync().AsTask());
    }

    [Fact]
    public async Task Stopped_before_its_start_it_refuses_to_start()
    {
        int free = FreePort.Take(IPAddress.Loopback);
        var gateway = new SluiceGateway(Tcp(free));
        await Hung(gateway.StopAsync());

        await Assert.ThrowsAsync<InvalidOperationException>(() => gateway.StartAsync());

        Assert.Empty(gateway.Listeners);
        await ServesAsync(free);
        await Hung(gateway.DisposeAsync().AsTask());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopped_during_its_start_it_abandons_the_start(bool resolverHeedsCancellation)
    {
        int free = FreePort.Take(IPAddress.Loopback);
        var resolver = new SlowStart { HeedsCancellation = resolverHeedsCancellation };
        var gateway = new SluiceGateway(Tcp(free) with { Resolver = resolver });
        Task starting = gateway.StartAsync();
        await Hung(resolver.Asked.Task);

        Task stopping = gateway.StopAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Hung(starting));
        await Hung(stopping);
        Assert.Equal(1, resolver.Stops);
        Assert.Empty(gateway.Listeners);
        await ServesAsync(free);
    }

    [Fact]
    public async Task A_start_that_is_cancelled_leaves_nothing_behind()
    {
        int free = FreePort.Take(IPAddress.Loopback);
        var resolver = new SlowStart();
        var gateway = new SluiceGateway(Tcp(free) with { Resolver = resolver });
        using var cancellation = new CancellationTokenSource();
        Task starting = gateway.StartAsync(cancellation.Token);
        await Hung(resolver.Asked.Task);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Hung(starting));
        await Assert.ThrowsAsync<InvalidOperationException>(() => gateway.StartAsync());
        await Hung(gateway.DisposeAsync().AsTask());
        await ServesAsync(free);
    }

    [Fact]
    public async Task It_can_be_stopped_by_many_at_once()
    {
        int free = FreePort.Take(IPAddress.Loopback);
        var gateway = new SluiceGateway(Tcp(free));
        await gateway.StartAsync();

        await Hung(Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => i % 2 == 0 ? gateway.StopAsync() : gateway.DisposeAsync().AsTask()))));

        await ServesAsync(free);
    }

    [Fact]
    public async Task A_strategy_of_two_gateways_follows_its_registry_until_both_have_stopped()
    {
        var source = new ScriptedSource();
        var resolver = new RegistryResolver(source, new RegistryOptions(), NullLogger.Instance);
        await using TestGateway first = await StartAsync(resolver, source);
        await using TestGateway second = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver, DialAttempts = 1 });
        ScriptedSource.Visit visit = source.Visits[0];
        await first.DisposeAsync();

        visit.Set("new", "127.0.0.1:1"u8);

        Assert.False(visit.Cancellation.IsCancellationRequested);
        Assert.Equal("error unreachable", await second.AskAsync("new"));
        await second.DisposeAsync();
        Assert.True(visit.Cancellation.IsCancellationRequested);
    }

    [Fact]
    public async Task A_strategy_that_was_stopped_asks_its_registry_anew_for_the_next_gateway()
    {
        var source = new ScriptedSource();
        var resolver = new RegistryResolver(source, new RegistryOptions { Required = true }, NullLogger.Instance);
        await using (await StartAsync(resolver, source, "old"))
        {
        }

        await using TestGateway second = await StartAsync(resolver, source, "new");

        Assert.Equal("error unreachable", await second.AskAsync("new"));
        Assert.Equal("error not_found", await second.AskAsync("old"));
    }

    private static async Task<TestGateway> StartAsync(RegistryResolver resolver, ScriptedSource source, params string[] nodes)
    {
        Task<TestGateway> starting = TestGateway.StartAsync(new GatewayOptions { Resolver = resolver, DialAttempts = 1 });
        ScriptedSource.Visit visit = await source.NextAsync();
        Assert.False(starting.IsCompleted);
        visit.Load(nodes);
        await Hung(starting);
        return await starting;
    }

    private static GatewayOptions Tcp(int port) => new() { Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = port }, Loops = 2 };

    /// <summary>A gateway that is left running keeps its port.</summary>
    private static async Task ServesAsync(int port)
    {
        await using var gateway = new SluiceGateway(Tcp(port));
        await gateway.StartAsync();
        using Socket client = await RawSockets.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
    }

    private static Task Hung(Task task) => task.WaitAsync(Observed.HungAfter);

    /// <summary>A strategy whose start never ends by itself.</summary>
    private sealed class SlowStart : IBackendResolver
    {
        public string Name => "slow";

        public bool HeedsCancellation { get; init; } = true;

        public int Stops { get; private set; }

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task StartAsync(CancellationToken cancellation)
        {
            Asked.SetResult();
            return Task.Delay(Timeout.Infinite, HeedsCancellation ? cancellation : CancellationToken.None);
        }

        public Task StopAsync()
        {
            Stops++;
            return Task.CompletedTask;
        }

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(Resolution.NotFound);
    }
}
