using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Dialing;

/// <summary>Names whose name servers are silent. Whoever owns a domain has as many of them as he likes.</summary>
public sealed class SlowNameTests : IDisposable
{
    private readonly ManualResetEventSlim _silence = new();
    private readonly List<Socket> _clients = [];
    private int _asked;

    public void Dispose()
    {
        _silence.Set();
        _clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task They_stop_neither_the_loops_nor_the_threads_of_the_process_nor_other_names()
    {
        using Socket listener = RawSockets.Listen();
        await using TestGateway gateway = await StartAsync();
        await ConnectAsync(gateway, 30);
        await AskedAsync(30);

        Assert.Equal("ok", await gateway.AskAsync($"127.0.0.1:{listener.Address().Port}"));
        Assert.Equal("ok", await gateway.AskAsync($"quick.example:{listener.Address().Port}"));
        await Task.WhenAll(Enumerable.Range(0, 4 * Environment.ProcessorCount).Select(_ => Task.Run(() => _silence.IsSet))).WaitAsync(Observed.HungAfter);
        Assert.Equal(30, Volatile.Read(ref _asked));
    }

    /// <summary>
    /// The system's resolver knows no other way than to block: it has to block the thread that is there for it, not one of the pool.
    /// </summary>
    [Fact]
    public void The_resolver_of_the_system_works_on_the_thread_that_asks_it() =>
        Assert.True(new GatewayOptions().LookUpName("localhost", CancellationToken.None).IsCompleted);

    [Fact]
    public async Task Above_so_many_clients_are_busy_and_who_gives_up_leaves_its_place_in_line()
    {
        using Socket listener = RawSockets.Listen();
        await using TestGateway gateway = await StartAsync();
        await ConnectAsync(gateway, NameThreads.MaxThreads);
        await AskedAsync(NameThreads.MaxThreads);
        await ConnectAsync(gateway, NameThreads.MaxWaiting);
        await SettleAsync(gateway);
        Assert.Equal("error busy", await gateway.AskAsync("slow-x.example:80"));
        Assert.Equal("ok", await gateway.AskAsync($"127.0.0.1:{listener.Address().Port}"));

        // All have waited for as long as a dial may take; those in line have left it, and were never asked for.
        await gateway.AdvanceAsync(5000);
        foreach (Socket client in _clients)
        {
            Assert.Equal("error unreachable", await TestGateway.ReplyAsync(client));
        }

        Assert.Equal(NameThreads.MaxThreads, Volatile.Read(ref _asked));
        Task<string> inLine = gateway.AskAsync("slow-y.example:80");
        await SettleAsync(gateway);
        Assert.False(inLine.IsCompleted);
        _silence.Set();
        Assert.Equal("error unreachable", await inLine.WaitAsync(Observed.HungAfter));
        Assert.Equal(NameThreads.MaxThreads + 1, Volatile.Read(ref _asked));
    }

    [Theory]
    [InlineData("10.0.0.0/8:7000-7999", "slow.example:80")]
    [InlineData("*.game.internal", "slow.example:80")]
    [InlineData("*.game.internal:7083", "slow.game.internal:80")]
    public async Task What_no_rule_can_allow_is_not_looked_up(string allow, string key)
    {
        await using TestGateway gateway = await StartAsync(new GatewayOptions { Allow = [Rule(allow)] });
        Assert.Equal("error denied", await gateway.AskAsync(key));
        Assert.Equal(0, _asked);
        Assert.Equal(1, gateway.Gateway.PolicyTallies.Single(tally => tally.Rule == "not in allow").Decisions);
    }

    [Fact]
    public async Task What_a_rule_for_its_name_denies_is_not_looked_up()
    {
        await using TestGateway gateway = await StartAsync(new GatewayOptions { Deny = [Rule("*.example:80")] });
        Assert.Equal("error denied", await gateway.AskAsync("slow.example:80"));
        Assert.Equal(0, _asked);
        Assert.Equal(1, gateway.Gateway.PolicyTallies.Single(tally => tally.Rule == "deny *.example:80").Decisions);
    }

    /// <summary>
    /// The system's resolver waits for both families, and a name server that drops questions for AAAA makes that last for seconds.
    /// </summary>
    [Theory]
    [InlineData(AddressFamily.InterNetworkV6)]
    [InlineData(AddressFamily.InterNetwork)]
    public async Task A_name_server_that_is_silent_about_one_family_costs_a_client_50_ms(AddressFamily silent)
    {
        using Socket listener = silent == AddressFamily.InterNetworkV6 ? RawSockets.Listen() : ListenOnIPv6();
        var asked = new ConcurrentBag<AddressFamily>();
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            SystemNames = (_, family) =>
            {
                asked.Add(family);
                if (family == AddressFamily.Unspecified || family == silent)
                {
                    _silence.Wait(CancellationToken.None);
                    throw new SocketException((int)SocketError.TryAgain);
                }

                return [((IPEndPoint)listener.LocalEndPoint!).Address];
            },
        });
        for (int i = 0; i < 2; i++)
        {
            var clients = new List<Socket>();
            while (clients.Count < 3)
            {
                clients.Add(await gateway.ConnectAsync($"game.example:{listener.Address().Port}"));
            }

            _clients.AddRange(clients);
            Task<string>[] told = [.. clients.Select(TestGateway.ReplyAsync)];
            await UntilAsync(() => asked.Contains(AddressFamily.Unspecified));
            await SettleAsync(gateway);
            Assert.DoesNotContain(told, task => task.IsCompleted);
            await gateway.AdvanceAsync(50);
            Assert.All(await Task.WhenAll(told).WaitAsync(Observed.HungAfter), answer => Assert.Equal("ok", answer));
        }

        // The questions that are still open are shared, however many clients come.
        Assert.Equal((1, 1), (asked.Count(family => family == AddressFamily.Unspecified), asked.Count(family => family == silent)));
    }

    [Fact]
    public async Task A_name_server_that_is_silent_about_both_makes_a_name_unreachable_after_the_dial_timeout()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            SystemNames = (_, _) =>
            {
                Interlocked.Increment(ref _asked);
                _silence.Wait(CancellationToken.None);
                throw new SocketException((int)SocketError.TryAgain);
            },
        });
        Task<string> told = gateway.AskAsync("game.example:80");
        await AskedAsync(1);
        await SettleAsync(gateway);
        await gateway.AdvanceAsync(50);
        await AskedAsync(3);
        await SettleAsync(gateway);
        await gateway.AdvanceAsync(4949);
        Assert.False(told.IsCompleted);
        await gateway.AdvanceAsync(1);
        Assert.Equal("error unreachable", await told.WaitAsync(Observed.HungAfter));
    }

    /// <summary>What the system answers at once is used as it is, in its order, and nothing else is asked.</summary>
    [Fact]
    public async Task A_name_that_is_answered_at_once_is_asked_for_once()
    {
        using Socket listener = RawSockets.Listen();
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            SystemNames = (_, family) =>
            {
                Interlocked.Increment(ref _asked);
                return family == AddressFamily.Unspecified ? [IPAddress.Loopback] : throw new SocketException((int)SocketError.HostNotFound);
            },
        });
        Assert.Equal("ok", await gateway.AskAsync($"game.example:{listener.Address().Port}"));
        Assert.Equal("ok", await gateway.AskAsync($"game.example:{listener.Address().Port}"));
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task A_look_up_that_nobody_waits_for_is_told_so()
    {
        var told = new TaskCompletionSource();
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = async (_, givenUp) =>
            {
                Interlocked.Increment(ref _asked);
                await Task.Delay(Timeout.Infinite, givenUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                told.SetResult();
                return [];
            },
        });
        await ConnectAsync(gateway, 1);
        await AskedAsync(1);

        // It is asked for on a thread of its own, while the loop may still be about to begin the time that it is given.
        await SettleAsync(gateway);
        await gateway.AdvanceAsync(5000);
        await told.Task.WaitAsync(Observed.HungAfter);
    }

    private static PolicyRule Rule(string text) => PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new FormatException(text);

    private Task<TestGateway> StartAsync(GatewayOptions? options = null) => TestGateway.StartAsync((options ?? new GatewayOptions()) with
    {
        LookUpName = (name, _) =>
        {
            if (name.StartsWith("slow", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _asked);
                _silence.Wait(CancellationToken.None);
                return Task.FromException<IPAddress[]>(new SocketException((int)SocketError.TryAgain));
            }

            return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        },
    });

    private async Task ConnectAsync(TestGateway gateway, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _clients.Add(await gateway.ConnectAsync($"slow{i}.example:80"));
        }
    }

    private Task AskedAsync(int count) => UntilAsync(() => Volatile.Read(ref _asked) >= count);

    private static Socket ListenOnIPv6()
    {
        var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        while (!isSo())
        {
            await Task.Delay(5, hung.Token);
        }
    }

    /// <summary>Every client so far has named its backend: one that comes later is answered.</summary>
    private static async Task SettleAsync(TestGateway gateway) => Assert.Equal("error bad_key", await gateway.AskAsync("?"));
}
