using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Hosting.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Hosting.Tests;

/// <summary>The gateway begins and ends with its host.</summary>
public sealed class LifetimeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_address_in_use_keeps_the_host_from_starting()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(options => options with { Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = port } });
        using IHost host = builder.Build();

        ListenException failure = await Assert.ThrowsAsync<ListenException>(() => host.StartAsync());

        Assert.Equal(SocketError.AddressAlreadyInUse, failure.Error);
        Assert.Empty(host.Services.GetRequiredService<ISluiceListeners>().Listeners);
    }

    [Fact]
    public async Task A_strategy_that_cannot_start_keeps_the_host_from_starting()
    {
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(World.FreePort).AddResolver(new FixedResolver("late", new IPEndPoint(IPAddress.Loopback, 1), new TimeoutException("no answer")));
        using IHost host = builder.Build();

        Assert.Equal("no answer", (await Assert.ThrowsAsync<TimeoutException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task A_host_that_stops_lets_live_sessions_end_and_logs_into_its_own_log()
    {
        using var backend = new EchoBackend();
        using var log = new RecordedLog();
        HostApplicationBuilder builder = World.NewHost(log);
        builder.Services.AddSluice(options => World.OwnPort(options) with { DrainTimeout = TimeSpan.FromHours(1) });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromHours(1));
        using IHost host = builder.Build();
        await host.StartAsync();
        IPEndPoint tcp = World.TcpOf(host);
        Assert.Equal($"Sluice: Listening for tcp clients on {tcp}, 1 loops", await log.NextAsync("Sluice: Listening"));
        using FramedClient live = await FramedClient.ConnectAsync(tcp);
        Assert.Equal("ok", await live.GreetAsync(backend.EndPoint));

        Task stopping = host.StopAsync();
        await log.NextAsync("Sluice: Draining: 1 sessions");

        Assert.Equal("still here", await live.EchoAsync("still here"));
        using (FramedClient late = await FramedClient.ConnectAsync(tcp))
        {
            Assert.Equal("error draining", await late.ReadFrameAsync());
        }

        Assert.False(stopping.IsCompleted);
        live.Dispose();
        await stopping.WaitAsync(Patience);
        await Assert.ThrowsAsync<SocketException>(() => FramedClient.ConnectAsync(tcp));
    }

    [Fact]
    public async Task When_the_hosts_patience_is_over_live_sessions_are_cut_off()
    {
        using var backend = new EchoBackend();
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(options => World.FreePort(options) with { DrainTimeout = TimeSpan.FromHours(1) });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(50));
        using IHost host = builder.Build();
        await host.StartAsync();
        using FramedClient live = await FramedClient.ConnectAsync(World.TcpOf(host));
        await live.GreetAsync(backend.EndPoint);

        await Record.ExceptionAsync(() => host.StopAsync().WaitAsync(Patience));

        await Assert.ThrowsAnyAsync<IOException>(() => live.EchoAsync("still here"));
    }

    [Fact]
    public async Task A_host_that_fails_behind_the_gateway_leaves_no_listener()
    {
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(World.OwnPort);
        builder.Services.AddHostedService<Failing>();
        IPEndPoint tcp;
        using (IHost host = builder.Build())
        {
            await Assert.ThrowsAsync<NotSupportedException>(() => host.StartAsync());
            tcp = World.TcpOf(host);
        }

        await Assert.ThrowsAsync<SocketException>(() => FramedClient.ConnectAsync(tcp));
    }

    [Fact]
    public async Task A_container_may_be_disposed_without_waiting()
    {
        ServiceProvider services = new ServiceCollection().AddSluice(World.OwnPort).Services.BuildServiceProvider();
        await services.GetServices<IHostedService>().Single().StartAsync(TestContext.Current.CancellationToken);
        IPEndPoint tcp = Assert.Single(services.GetRequiredService<ISluiceListeners>().Listeners).EndPoint;

#pragma warning disable CA1849, S6966, MA0042 // That is what is tested.
        services.Dispose();
#pragma warning restore CA1849, S6966, MA0042

        await Assert.ThrowsAsync<SocketException>(() => FramedClient.ConnectAsync(tcp));
    }

    [Fact]
    public void A_host_has_one_gateway()
    {
        IServiceCollection services = new ServiceCollection().AddSluice(World.FreePort).Services;

        Assert.Throws<InvalidOperationException>(() => services.AddSluice(World.FreePort));
    }

    private sealed class Failing : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.FromException(new NotSupportedException());

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
