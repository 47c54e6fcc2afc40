using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Loops;

namespace Sluice.Gateway.Tests.Routing.Nodes;

/// <summary>What every registry has in common: lookups, the start, outages, and what the operator is told.</summary>
public class RegistryResolverTests
{
    private readonly Clock _time = new();
    private readonly ListLogger _log = new();
    private readonly ScriptedSource _source = new();

    [Fact]
    public async Task The_start_waits_for_the_first_load_and_then_nodes_are_found()
    {
        RegistryResolver resolver = Create();
        Assert.Equal("scripted at nowhere: its nodes are not loaded yet", resolver.Problem);
        Task starting = resolver.StartAsync(default);
        ScriptedSource.Visit visit = await _source.NextAsync();
        Assert.False(starting.IsCompleted);

        visit.Load("s1", "s2");
        visit.Set("s2", """{"host":"127.0.0.1","port":2,"state":"draining"}"""u8);
        visit.Set("s3", """{"host":"127.0.0.1","port":3,"state":"full"}"""u8);
        await Hung(starting);

        Assert.Null(resolver.Problem);
        Assert.Equal("scripted", resolver.Name);
        Assert.Equal(3, resolver.KnownNodes);
        Resolution found = await Ask(resolver, "s1");
        Assert.Equal("127.0.0.1:1", Assert.Single(found.Backends).ToString());
        Assert.Equal("s1", found.NodeName);
        Assert.Equal("Draining", (await Ask(resolver, "s2")).Rejection.ToString());
        Assert.Equal("Busy", (await Ask(resolver, "s3")).Rejection.ToString());
        Assert.Equal("NotFound", (await Ask(resolver, "S1")).Rejection.ToString());
        Assert.Equal("scripted at nowhere: 2 nodes loaded, watching for changes", _log.Lines.Single(line => line.Id == 30).Text);
        await Hung(resolver.StopAsync());
        Assert.True(visit.Cancellation.IsCancellationRequested);
    }

    [Fact]
    public async Task A_registry_that_refuses_at_the_start_is_asked_again_meanwhile()
    {
        RegistryResolver resolver = Create();
        Task starting = resolver.StartAsync(default);
        (await _source.NextAsync()).Fail("connection refused");
        await Hung(starting);
        await _log.UntilAsync(() => _log.Count(31) == 1);
        Assert.Equal("scripted at nowhere is away: connection refused", resolver.Problem);
        Assert.False(resolver.CanRoute);

        // Nobody can say whether there is such a node: the client may come again.
        Assert.Equal("Unreachable", (await Ask(resolver, "s1")).Rejection.ToString());

        (await NextVisitAsync()).Load("s1");
        Assert.Null(resolver.Problem);
        Assert.NotEmpty((await Ask(resolver, "s1")).Backends);
        Assert.Equal("NotFound", (await Ask(resolver, "s2")).Rejection.ToString());
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task Once_loaded_it_can_route_also_while_its_registry_is_away_and_if_it_had_no_node()
    {
        RegistryResolver resolver = Create();
        Task starting = resolver.StartAsync(default);
        ScriptedSource.Visit visit = await _source.NextAsync();
        Assert.False(resolver.CanRoute);
        visit.Load();
        await Hung(starting);
        Assert.True(resolver.CanRoute);

        visit.Fail("gone");
        await _log.UntilAsync(() => _log.Count(31) == 1);
        Assert.NotNull(resolver.Problem);
        Assert.True(resolver.CanRoute);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task A_registry_that_says_nothing_at_the_start_does_not_hold_it_up_for_long()
    {
        RegistryResolver resolver = Create();
        Task starting = resolver.StartAsync(default);
        await _source.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(starting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await Hung(starting);
        Assert.NotNull(resolver.Problem);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task A_required_registry_has_its_time_and_is_then_a_fault_that_names_the_remedy()
    {
        RegistryResolver resolver = Create(required: true);
        Task starting = resolver.StartAsync(default);
        (await _source.NextAsync()).Fail("connection refused");
        (await NextVisitAsync()).Fail("connection refused");
        Assert.False(starting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(30));

        NodeSourceException failure = await Assert.ThrowsAsync<NodeSourceException>(() => Hung(starting));
        Assert.Equal("scripted at nowhere could not be loaded within 30 s: connection refused", failure.Message);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task A_required_registry_that_comes_in_time_is_no_fault()
    {
        RegistryResolver resolver = Create(required: true);
        Task starting = resolver.StartAsync(default);
        (await _source.NextAsync()).Fail("connection refused");
        (await NextVisitAsync()).Load();
        await Hung(starting);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task While_it_is_away_known_nodes_route_and_the_log_has_one_line()
    {
        RegistryResolver resolver = await StartedAsync("s1", "s2");
        ScriptedSource.Visit visit = _first!;
        for (int i = 0; i < 5; i++)
        {
            visit.Fail($"lost \"{i}\"\n");
            visit = await NextVisitAsync();
            Assert.Equal($"scripted at nowhere is away: lost \\\"{i}\\\"\\u000a", resolver.Problem);
            Assert.NotEmpty((await Ask(resolver, "s1")).Backends);
        }

        Assert.Equal(1, _log.Count(31));
        Assert.Equal(4, _log.Count(32));
        Assert.Contains("The 2 nodes that are known still route", _log.Lines.Single(line => line.Id == 31).Text, StringComparison.Ordinal);

        visit.Load("s2", "s3");
        Assert.Null(resolver.Problem);
        Assert.Equal("NotFound", (await Ask(resolver, "s1")).Rejection.ToString());
        Assert.NotEmpty((await Ask(resolver, "s3")).Backends);

        visit.Fail("lost again");
        await _log.UntilAsync(() => _log.Count(31) == 2);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task A_source_that_just_returns_is_a_loss_too()
    {
        RegistryResolver resolver = await StartedAsync("s1");
        _first!.End.SetResult();
        await NextVisitAsync();
        Assert.Equal("scripted at nowhere is away: the connection was closed", resolver.Problem);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task Pauses_grow_to_five_seconds_and_shrink_only_once_it_has_stayed()
    {
        RegistryResolver resolver = await StartedAsync("s1");
        ScriptedSource.Visit visit = _first!;
        for (int i = 0; i < 8; i++)
        {
            // It is there again each time, and lost at once: that must not become a busy loop.
            visit.Load("s1");
            await LoseAsync(visit);
            visit = await NextVisitAsync();
        }

        await LoseAsync(visit);
        Task<ScriptedSource.Visit> next = _source.NextAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(2.4));
        Assert.False(next.IsCompleted);
        visit = await ComesWithin(next, TimeSpan.FromSeconds(2.7));

        visit.Load("s1");
        _time.Advance(TimeSpan.FromSeconds(5));
        await LoseAsync(visit);
        await ComesWithin(_source.NextAsync(), TimeSpan.FromMilliseconds(100));
        Assert.Equal(10, Losses);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task Loading_again_without_a_loss_is_no_news()
    {
        RegistryResolver resolver = await StartedAsync("s1");
        _first!.Load("s1", "s2");
        Assert.Equal(2, resolver.KnownNodes);
        Assert.Equal(1, _log.Count(30));
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task A_malformed_value_is_one_line_with_its_key_and_nothing_of_the_value()
    {
        RegistryResolver resolver = await StartedAsync("s1");
        _first!.Set("s\n2", "hunter2"u8);
        _first.Set("s\n2", "hunter2"u8);
        LogLine line = Assert.Single(_log.Lines, line => line.Id == 33);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Equal("scripted: the value of node \"s\\u000a2\" is ignored: it is neither host:port nor JSON", line.Text);
        Assert.Equal("NotFound", (await Ask(resolver, "s\n2")).Rejection.ToString());
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task A_source_that_does_not_heed_its_cancellation_keeps_nobody_waiting_for_long()
    {
        var deaf = new ScriptedSource { HeedsCancellation = false };
        var resolver = new RegistryResolver(deaf, new RegistryOptions(), _log, _time);
        Task starting = resolver.StartAsync(default);
        (await deaf.NextAsync()).Load();
        await Hung(starting);
        Task stopping = resolver.StopAsync();
        while (!stopping.IsCompleted)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_lookup_allocates_nothing()
    {
        RegistryResolver resolver = await StartedAsync([.. Enumerable.Range(0, 1000).Select(i => $"node-{i}")]);
        var request = new RouteRequest("node-500", default);
        var unknown = new RouteRequest("node-5000", default);
        int found = 0;
        long before = 0;
        for (int i = 0; i < 20_000; i++)
        {
            if (i == 10_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            // Both are there at once; an await that has to wait would allocate.
            found += (await resolver.ResolveAsync(request, default)).Backends.Count + (await resolver.ResolveAsync(unknown, default)).Backends.Count;
        }

        // Less than a byte for each lookup: a table of the runtime's own, such as that of its casts, may grow on this thread.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.Equal(20_000, found);
        await Hung(resolver.StopAsync());
    }

    [Fact]
    public async Task The_table_of_the_configuration_is_a_registry_that_is_never_away()
    {
        Assert.True(Backend.TryParse("127.0.0.1:7083", out Backend? backend));
        var nodes = new Dictionary<string, Node>(StringComparer.Ordinal) { ["s1"] = new([backend]) };
        var resolver = new RegistryResolver(new StaticNodes(nodes), new RegistryOptions { Required = true }, _log, _time);
        await Hung(resolver.StartAsync(default));
        Assert.Null(resolver.Problem);
        Assert.Equal("static", resolver.Name);
        Assert.Same(backend, Assert.Single((await Ask(resolver, "s1")).Backends));
        Assert.Equal("NotFound", (await Ask(resolver, "s2")).Rejection.ToString());
        await Hung(resolver.StopAsync());
    }

    private ScriptedSource.Visit? _first;

    private int Losses => _log.Count(31) + _log.Count(32);

    private RegistryResolver Create(bool required = false) => new(_source, new RegistryOptions { Required = required }, _log, _time);

    private async Task<RegistryResolver> StartedAsync(params string[] nodes)
    {
        RegistryResolver resolver = Create();
        Task starting = resolver.StartAsync(default);
        _first = await _source.NextAsync();
        _first.Load(nodes);
        await Hung(starting);
        return resolver;
    }

    private static ValueTask<Resolution> Ask(RegistryResolver resolver, string key) => resolver.ResolveAsync(new RouteRequest(key, default), default);

    private static Task Hung(Task task) => task.WaitAsync(Observed.HungAfter);

    /// <summary>Ends the watch, and returns once the pause behind it has begun: a clock that is moved before does not shorten it.</summary>
    private async Task LoseAsync(ScriptedSource.Visit visit)
    {
        Task pausing = _time.NextTimerAsync();
        visit.Fail("lost");
        await Hung(pausing);
    }

    /// <summary>Lets the clock run until the registry is asked again, and not much faster than a busy machine can follow.</summary>
    private async Task<ScriptedSource.Visit> NextVisitAsync()
    {
        Task<ScriptedSource.Visit> next = _source.NextAsync();
        while (!next.IsCompleted)
        {
            await AdvanceAsync(TimeSpan.FromMilliseconds(50));
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(10)));
        }

        return await next;
    }

    /// <summary>Lets the clock run until the registry is asked again, but not longer than so.</summary>
    private async Task<ScriptedSource.Visit> ComesWithin(Task<ScriptedSource.Visit> next, TimeSpan longest)
    {
        var step = TimeSpan.FromMilliseconds(50);
        for (TimeSpan passed = default; !next.IsCompleted && passed < longest; passed += step)
        {
            await AdvanceAsync(step);
        }

        return await next;
    }

    /// <summary>Moves the clock, and lets what that wakes have its turn.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        for (int i = 0; i < 20; i++)
        {
            await Task.Yield();
        }
    }

    /// <summary>Tells when somebody begins to wait.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private TaskCompletionSource? _next;

        public Task NextTimerAsync()
        {
            var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _next, next);
            return next.Task;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            Volatile.Read(ref _next)?.TrySetResult();
            return timer;
        }
    }
}
