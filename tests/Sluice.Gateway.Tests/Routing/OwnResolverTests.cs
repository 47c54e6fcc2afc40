using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Tests.Routing;

/// <summary>
/// A strategy from outside, plugged in through the options: it may be slow, wrong or broken, and harms at most its own session.
/// </summary>
public class OwnResolverTests
{
    [Fact]
    public async Task One_that_answers_later_and_from_another_thread_routes_its_client()
    {
        using Socket listener = RawSockets.Listen();
        RouteRequest asked = default;
        bool onLoop = false;
        var resolver = new FakeResolver(async (request, cancellation) =>
        {
            asked = request;
            onLoop = EventLoop.Current is not null;
            await Task.Run(() => 0, cancellation).ConfigureAwait(false);
            return Resolution.To(new Backend((IPEndPoint)listener.LocalEndPoint!));
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        using Socket client = await gateway.ConnectAsync("room \u00fc");
        Assert.Equal("ok", await TestGateway.ReplyAsync(client));
        using Socket backend = await listener.AcceptAsync();
        await client.SendAllAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await backend.ReceiveExactlyAsync(5));
        Assert.Equal(new RouteRequest("room \u00fc", NetworkAddress.From((IPEndPoint)client.LocalEndPoint!)), asked);
        Assert.True(onLoop);
        Assert.Equal(0, gateway.Log.Count(21));
    }

    [Theory]
    [InlineData("bad_key")]
    [InlineData("not_found")]
    [InlineData("busy")]
    [InlineData("draining")]
    public async Task What_it_refuses_with_is_what_the_client_is_told(string word)
    {
        var resolver = new FakeResolver(request => request.Key switch
        {
            "bad_key" => Resolution.BadKey,
            "busy" => Resolution.Busy,
            "draining" => Resolution.Draining,
            _ => Resolution.To(),
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        Assert.Equal($"error {word}", await gateway.AskAsync(word));
        Assert.Contains($"ended: {word} after", await gateway.EndedAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("at once")]
    [InlineData("later")]
    [InlineData("nothing")]
    public async Task One_that_throws_ends_that_session_alone(string how)
    {
        using Socket listener = RawSockets.Listen();
        var resolver = new FakeResolver(async (request, cancellation) =>
        {
            switch (request.Key)
            {
                case "later":
                    await Task.Run(() => 0, cancellation);
                    throw new FormatException("of the resolver");
                case "nothing":
                    return default;
                default:
                    return Resolution.To(new Backend((IPEndPoint)listener.LocalEndPoint!));
            }
        });
        IBackendResolver plugged = new FakeResolver((request, cancellation) =>
            request.Key == "at once" ? throw new FormatException("of the resolver") : resolver.ResolveAsync(request, cancellation));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = plugged });
        using Socket live = await gateway.ConnectAsync("good");
        Assert.Equal("ok", await TestGateway.ReplyAsync(live));
        using Socket backend = await listener.AcceptAsync();

        using Socket unlucky = await gateway.ConnectAsync(how);
        Assert.Equal(SocketError.ConnectionReset, await unlucky.ReadErrorAsync());
        await gateway.Log.UntilAsync(() => gateway.Log.Count(5) == 1);
        Assert.Contains("the strategy \"fake\" threw", gateway.Log.Lines.Single(line => line.Id == 5).Text, StringComparison.Ordinal);

        await live.SendAllAsync("still here"u8.ToArray());
        await backend.ReceiveExactlyAsync(10);
        Assert.Equal("ok", await gateway.AskAsync("good"));
    }

    /// <summary>Also one that ignores its token: nothing of it holds the session, and an answer that comes later changes nothing.</summary>
    [Theory]
    [InlineData(false, "found")]
    [InlineData(false, "thrown")]
    [InlineData(true, "cancelled")]
    public async Task One_that_does_not_answer_in_time_leaves_its_client_unreachable(bool heedsToken, string late)
    {
        using Socket listener = RawSockets.Listen();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource<Resolution>(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationToken token = default;
        var resolver = new FakeResolver(async (request, cancellation) =>
        {
            if (request.Key == "quick")
            {
                return Resolution.To(new Backend((IPEndPoint)listener.LocalEndPoint!));
            }

            token = cancellation;
            asked.TrySetResult();
            return await (heedsToken ? answer.Task.WaitAsync(cancellation) : answer.Task);
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver, ResolveTimeout = TimeSpan.FromSeconds(3) });
        Task<string> told = gateway.AskAsync("slow");
        await asked.Task.WaitAsync(Observed.HungAfter);
        Assert.Equal("ok", await gateway.AskAsync("quick"));
        await gateway.AdvanceAsync(2999);
        Assert.False(told.IsCompleted);
        Assert.False(token.IsCancellationRequested);
        await gateway.AdvanceAsync(1);
        Assert.Equal("error unreachable", await told.WaitAsync(Observed.HungAfter));
        await gateway.Log.UntilAsync(() => gateway.Log.Count(7) == 1);
        await gateway.Log.UntilAsync(() => gateway.Log.Lines.Any(line => line.Text.Contains("ended: unreachable after 3000 ms", StringComparison.Ordinal)));
        using (var hung = new CancellationTokenSource(Observed.HungAfter))
        {
            while (!token.IsCancellationRequested)
            {
                await Task.Delay(1, hung.Token);
            }
        }

        if (late == "thrown")
        {
            answer.SetException(new FormatException("of the resolver"));
        }
        else
        {
            answer.TrySetResult(Resolution.To(new Backend((IPEndPoint)listener.LocalEndPoint!)));
        }

        Assert.Equal("ok", await gateway.AskAsync("quick"));
        Assert.Equal((0, 0), (gateway.Log.Count(4), gateway.Log.Count(5)));
    }

    /// <summary>What it says is its own fault, also if that looks like our time being over.</summary>
    [Fact]
    public async Task One_that_throws_a_timeout_of_its_own_is_at_fault()
    {
        var resolver = new FakeResolver(async (_, cancellation) =>
        {
            await Task.Run(() => 0, cancellation);
            throw new TimeoutException("its own");
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        using Socket client = await gateway.ConnectAsync("anything");
        Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        await gateway.Log.UntilAsync(() => gateway.Log.Count(5) == 1);
        Assert.Equal(0, gateway.Log.Count(7));
    }

    [Fact]
    public async Task One_that_ignores_its_token_does_not_hold_a_session_whose_client_has_gone()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource<Resolution>();
        var resolver = new FakeResolver((_, _) =>
        {
            asked.TrySetResult();
            return new ValueTask<Resolution>(never.Task);
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        Socket client = await gateway.ConnectAsync("anything");
        await asked.Task.WaitAsync(Observed.HungAfter);
        client.Reset();
        Assert.Contains("ended: client_lost after", await gateway.EndedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_told_when_its_client_has_gone()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var resolver = new FakeResolver(async (_, cancellation) =>
        {
            using CancellationTokenRegistration registration = cancellation.Register(told.SetResult);
            asked.SetResult();
            await told.Task;
            return Resolution.NotFound;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        Socket client = await gateway.ConnectAsync("anything");
        await asked.Task.WaitAsync(Observed.HungAfter);
        client.Reset();
        await told.Task.WaitAsync(Observed.HungAfter);
        Assert.Contains("ended: client_lost after", await gateway.EndedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_gives_up_since_its_client_has_gone_has_done_no_wrong()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var resolver = new FakeResolver(async (_, cancellation) =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return Resolution.NotFound;
        });
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        Socket client = await gateway.ConnectAsync("anything");
        await asked.Task.WaitAsync(Observed.HungAfter);
        client.Reset();
        Assert.Contains("ended: client_lost after", await gateway.EndedAsync(), StringComparison.Ordinal);
        Assert.Equal((0, 0), (gateway.Log.Count(4), gateway.Log.Count(5)));
    }

    [Fact]
    public async Task One_that_cancels_for_reasons_of_its_own_is_at_fault()
    {
        var resolver = new FakeResolver((_, _) => throw new OperationCanceledException("its own"));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        using Socket client = await gateway.ConnectAsync("anything");
        Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        await gateway.Log.UntilAsync(() => gateway.Log.Count(5) == 1);
    }

    [Fact]
    public async Task What_it_throws_about_a_secret_key_stays_secret()
    {
        var resolver = new FakeResolver(request => throw new KeyNotFoundException($"The given key '{request.Key}' was not present")) { KeysAreSecret = true };
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        using Socket client = await gateway.ConnectAsync("t0ken-of-a-player");
        Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        await gateway.Log.UntilAsync(() => gateway.Log.Count(6) == 1);
        Assert.Contains("KeyNotFoundException", gateway.Log.Lines.Single(line => line.Id == 6).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Log.Lines, line => line.Text.Contains("t0ken", StringComparison.Ordinal));
        Assert.Equal((0, 0), (gateway.Log.Count(4), gateway.Log.Count(5)));
    }

    [Fact]
    public async Task A_client_that_makes_it_throw_does_not_fill_the_log()
    {
        var resolver = new FakeResolver(_ => throw new FormatException("of the resolver"));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        for (int i = 0; i < 60; i++)
        {
            using Socket client = await gateway.ConnectAsync("x");
            Assert.Equal(SocketError.ConnectionReset, await client.ReadErrorAsync());
        }

        Assert.Equal(50, gateway.Log.Count(5));
        await gateway.AdvanceAsync(1000);
        Assert.Contains("10 rejected", gateway.Log.Lines.Single(line => line.Id == 2).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_throws_when_it_is_stopped_does_not_keep_the_loops_running()
    {
        TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = new Unstoppable() });
        EventLoop loop = gateway.Gateway.Loops[0];
        await gateway.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => loop.InvokeAsync(() => 0).WaitAsync(Observed.HungAfter));
        Assert.Equal(1, gateway.Log.Count(29));
    }

    [Fact]
    public async Task One_that_never_answers_does_not_keep_the_gateway_from_ending()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource<Resolution>();
        var resolver = new FakeResolver((_, _) =>
        {
            asked.TrySetResult();
            return new ValueTask<Resolution>(never.Task);
        });
        TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        using Socket client = await gateway.ConnectAsync("anything");
        await asked.Task.WaitAsync(Observed.HungAfter);
        await gateway.DisposeAsync().AsTask().WaitAsync(Observed.HungAfter);
    }

    [Fact]
    public async Task What_it_finds_still_passes_the_policy()
    {
        var resolver = new FakeResolver(_ => Resolution.To(new Backend(new IPEndPoint(IPAddress.Parse("169.254.169.254"), 80))));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions { Resolver = resolver });
        Assert.Equal("error denied", await gateway.AskAsync("metadata"));
    }

    private sealed class Unstoppable : IBackendResolver
    {
        public string Name => "unstoppable";

        public Task StopAsync() => throw new FormatException("never");

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(Resolution.NotFound);
    }
}
