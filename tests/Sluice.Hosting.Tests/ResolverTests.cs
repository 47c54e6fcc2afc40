using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.Gateway.Routing;
using Sluice.Hosting.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Hosting.Tests;

/// <summary>Which strategy routes the clients of a host.</summary>
public sealed class ResolverTests
{
    [Fact]
    public async Task A_strategy_gets_what_it_needs_from_the_host()
    {
        using var backend = new EchoBackend();
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSingleton(new Rooms(backend));
        builder.Services.AddSluice(World.FreePort).AddResolver<RoomResolver>();

        Assert.Equal("ok", await AnswerAsync(builder, "lobby"));
        Assert.Equal("error not_found", await AnswerAsync(builder, "cellar"));
    }

    [Fact]
    public async Task Without_one_the_key_is_the_backend()
    {
        using var backend = new EchoBackend();
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(World.FreePort);

        Assert.Equal("ok", await AnswerAsync(builder, backend.EndPoint.ToString()));
        Assert.Equal("error bad_key", await AnswerAsync(builder, "lobby"));
    }

    [Fact]
    public async Task Options_can_name_the_strategy_and_depend_on_other_services()
    {
        using var backend = new EchoBackend();
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSingleton(new Rooms(backend));
        builder.Services.AddSluice((options, services) => World.FreePort(options) with { Resolver = new RoomResolver(services.GetRequiredService<Rooms>()) });

        Assert.Equal("ok", await AnswerAsync(builder, "lobby"));
    }

    [Theory]
    [InlineData("first", "first")]
    [InlineData("second", "second")]
    [InlineData("ipHost", null)]
    public async Task Of_several_the_named_one_is_used_and_no_other_is_started(string name, string? started)
    {
        using var backend = new EchoBackend();
        FixedResolver[] resolvers = [new("first", backend.EndPoint), new("second", backend.EndPoint)];
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(World.FreePort).AddResolver(resolvers[0]).AddResolver(resolvers[1]).UseResolver(name);

        Assert.Equal(started is null ? "error bad_key" : "ok", await AnswerAsync(builder, "lobby"));
        Assert.Equal(started is null ? [] : [started], resolvers.Where(resolver => resolver.IsStarted).Select(resolver => resolver.Name));
        Assert.Equal(started is null ? [] : [started], resolvers.Where(resolver => resolver.IsStopped).Select(resolver => resolver.Name));
    }

    [Theory]
    [InlineData(null, "There are several routing strategies: \"first\", \"second\". Select one")]
    [InlineData("First", "No routing strategy has the name \"First\". There are: \"first\", \"second\", \"ipHost\".")]
    public async Task A_host_that_leaves_the_choice_open_does_not_start(string? name, string expected)
    {
        using var backend = new EchoBackend();
        HostApplicationBuilder builder = World.NewHost();
        SluiceBuilder sluice = builder.Services.AddSluice(World.FreePort)
            .AddResolver(new FixedResolver("first", backend.EndPoint)).AddResolver(new FixedResolver("second", backend.EndPoint));
        _ = name is null ? sluice : sluice.UseResolver(name);

        using IHost host = builder.Build();
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.StartsWith(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_in_the_options_and_one_registered_are_two()
    {
        using var backend = new EchoBackend();
        HostApplicationBuilder builder = World.NewHost();
        builder.Services.AddSluice(options => World.FreePort(options) with { Resolver = new FixedResolver("first", backend.EndPoint) })
            .AddResolver(new FixedResolver("second", backend.EndPoint));

        using IHost host = builder.Build();

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string> AnswerAsync(HostApplicationBuilder builder, string key)
    {
        // A builder builds once; the services that it was given build as often as a test asks.
        await using ServiceProvider services = builder.Services.BuildServiceProvider();
        IHostedService gateway = services.GetServices<IHostedService>().Last();
        await gateway.StartAsync(TestContext.Current.CancellationToken);
        using FramedClient client = await FramedClient.ConnectAsync(services.GetRequiredService<ISluiceListeners>().Listeners[0].EndPoint);
        string answer = await client.GreetAsync(key);
        client.Dispose();
        await gateway.StopAsync(TestContext.Current.CancellationToken);
        return answer;
    }

    private sealed record Rooms(EchoBackend Lobby);

    private sealed class RoomResolver(Rooms rooms) : IBackendResolver
    {
        public string Name => "room";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) =>
            new(request.Key == "lobby" ? Resolution.To(new Backend(rooms.Lobby.EndPoint)) : Resolution.NotFound);
    }
}
