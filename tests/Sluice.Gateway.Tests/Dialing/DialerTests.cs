using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Dialing;

/// <summary>Attempts, pauses and deadlines in virtual time.</summary>
public class DialerTests
{
    private const int AttemptTimeoutMs = 5000;
    private const int DialFailed = 10;

    [Fact]
    public async Task A_backend_that_refuses_is_tried_as_often_as_set_with_growing_pauses()
    {
        using var loop = new TestLoop();
        using Socket closed = RawSockets.Closed();
        Task<DialResult> dial = DialAsync(loop, new GatewayOptions { DialAttempts = 4 }, closed.Address());
        int failed = 1;
        foreach (int pause in (int[])[50, 100, 200])
        {
            await FailedAsync(loop, failed);
            await loop.AdvanceAsync(pause - 1);
            await loop.SettleAsync();
            Assert.Equal(failed, loop.Log.Count(DialFailed));
            await loop.AdvanceAsync(1);
            failed++;
        }

        Assert.Equal(new DialResult(null, EndReason.Unreachable), await dial);
        Assert.Equal(4, loop.Log.Count(DialFailed));
        Assert.EndsWith("attempt 4 of 4: ConnectionRefused", loop.Log.Lines[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_never_grows_beyond_a_second()
    {
        using var loop = new TestLoop();
        using Socket closed = RawSockets.Closed();
        Task<DialResult> dial = DialAsync(loop, new GatewayOptions { DialAttempts = 10 }, closed.Address());
        for (int i = 1; i < 10; i++)
        {
            await FailedAsync(loop, i);
            await loop.AdvanceAsync(1000);
        }

        Assert.Equal(EndReason.Unreachable, (await dial).Reason);
    }

    [Fact]
    public async Task A_backend_that_comes_up_between_two_attempts_is_found()
    {
        using var loop = new TestLoop();
        using Socket backend = RawSockets.Closed();
        Task<DialResult> dial = DialAsync(loop, new GatewayOptions { DialAttempts = 2 }, backend.Address());
        await FailedAsync(loop, 1);
        backend.Listen();
        await loop.AdvanceAsync(50);
        DialResult dialled = await dial;
        Assert.Equal(backend.Address(), dialled.Connection!.RemoteAddress);
        await loop.RunAsync(dialled.Connection.Close);
    }

    [Fact]
    public async Task Silence_costs_the_timeout_per_attempt_and_no_pause()
    {
        using var loop = new TestLoop();
        using var silent = new SilentListener();
        Task<DialResult> dial = DialAsync(loop, new GatewayOptions { DialAttempts = 2 }, silent.Address);
        await loop.SettleAsync();
        await loop.AdvanceAsync(AttemptTimeoutMs - 1);
        Assert.Equal(0, loop.Log.Count(DialFailed));
        await loop.AdvanceAsync(1);
        await FailedAsync(loop, 1);
        await loop.AdvanceAsync(AttemptTimeoutMs - 1);
        Assert.False(dial.IsCompleted);
        await loop.AdvanceAsync(1);
        Assert.Equal(new DialResult(null, EndReason.Unreachable), await dial);
    }

    [Fact]
    public async Task Every_address_is_tried_once_though_fewer_attempts_are_set()
    {
        using var loop = new TestLoop();
        Socket[] closed = [.. Enumerable.Range(0, 4).Select(_ => RawSockets.Closed())];
        using Socket open = RawSockets.Listen();
        DialResult dialled = await DialAsync(loop, new GatewayOptions { DialAttempts = 1 }, [.. closed.Select(s => s.Address()), open.Address()]);
        Assert.Equal(open.Address(), dialled.Connection!.RemoteAddress);
        Assert.Equal(4, loop.Log.Count(DialFailed));
        await loop.RunAsync(dialled.Connection.Close);
        Array.ForEach(closed, socket => socket.Dispose());
    }

    [Fact]
    public async Task Cancelled_in_a_pause_it_dials_no_more()
    {
        using var loop = new TestLoop();
        using Socket closed = RawSockets.Closed();
        using var cancellation = new CancellationTokenSource();
        Task<DialResult> dial = DialAsync(loop, new GatewayOptions { DialAttempts = 5 }, [closed.Address()], cancellation.Token);
        await FailedAsync(loop, 1);
        await cancellation.CancelAsync();
        Assert.Equal(new DialResult(null, EndReason.ClientLost), await dial);
        await loop.AdvanceAsync(60_000);
        Assert.Single(loop.Log.Lines, line => line.Text.EndsWith("ConnectionRefused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancelled_in_an_attempt_it_gives_that_up()
    {
        using var loop = new TestLoop();
        using var silent = new SilentListener();
        using var cancellation = new CancellationTokenSource();
        Task<DialResult> dial = DialAsync(loop, new GatewayOptions(), [silent.Address], cancellation.Token);
        await loop.SettleAsync();
        await cancellation.CancelAsync();
        Assert.Equal(new DialResult(null, EndReason.ClientLost), await dial);
    }

    [Fact]
    public async Task A_look_up_that_hangs_ends_with_the_timeout_of_an_attempt()
    {
        using var loop = new TestLoop();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource<IPAddress[]>();
        var options = new GatewayOptions
        {
            LookUpName = (_, _) =>
            {
                asked.SetResult();
                return never.Task;
            },
        };
        Task<DialResult> dial = DialAsync(loop, options, [Named("slow.example:80")]);
        await asked.Task.WaitAsync(Observed.HungAfter);
        await loop.SettleAsync();
        await loop.AdvanceAsync(AttemptTimeoutMs - 1);
        Assert.False(dial.IsCompleted);
        await loop.AdvanceAsync(1);
        Assert.Equal(new DialResult(null, EndReason.Unreachable), await dial);
    }

    /// <summary>The clock stands still: whoever waited for the name would wait for ever.</summary>
    [Fact]
    public async Task A_name_whose_servers_are_silent_holds_up_no_address_in_front_of_it()
    {
        using var loop = new TestLoop();
        using Socket open = RawSockets.Listen();
        var never = new TaskCompletionSource<IPAddress[]>();
        Backend[] node = [new(open.Address().ToIPEndPoint()), Named("silent.example:80")];
        DialResult dialled = await DialAsync(loop, new GatewayOptions { LookUpName = (_, _) => never.Task }, node).WaitAsync(Observed.HungAfter);
        Assert.Equal(open.Address(), dialled.Connection!.RemoteAddress);
        await loop.RunAsync(dialled.Connection.Close);
    }

    [Fact]
    public async Task A_name_behind_an_address_that_refuses_is_looked_up_then_and_all_are_tried_again_in_turn()
    {
        using var loop = new TestLoop();
        using Socket first = RawSockets.Closed();
        using Socket second = RawSockets.Closed();
        var options = new GatewayOptions { DialAttempts = 3, LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]) };
        Backend[] node = [new(first.Address().ToIPEndPoint()), Named($"second.example:{second.Address().Port}")];
        Task<DialResult> dial = DialAsync(loop, options, node);
        await FailedAsync(loop, 2);
        await loop.AdvanceAsync(50);
        Assert.Equal(new DialResult(null, EndReason.Unreachable), await dial);
        Assert.Equal(
            new[] { first, second, first }.Select((socket, i) => $"Dialling {socket.Address()} failed, attempt {i + 1} of 3: ConnectionRefused"),
            loop.Log.Lines.Where(line => line.Text.StartsWith("Dialling", StringComparison.Ordinal)).Select(line => line.Text));
    }

    [Fact]
    public async Task Of_a_name_with_hundreds_of_addresses_only_some_are_tried()
    {
        using var loop = new TestLoop();
        using Socket closed = RawSockets.Closed();
        ushort port = closed.Address().Port;
        var options = new GatewayOptions
        {
            DialAttempts = 1,
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([.. Enumerable.Range(1, 250).Select(i => new IPAddress([127, 0, 1, (byte)i]))]),
        };
        Assert.Equal(EndReason.Unreachable, (await DialAsync(loop, options, [Named($"many.example:{port}")])).Reason);
        Assert.Equal(16, loop.Log.Count(DialFailed));
    }

    private static Backend Named(string text) => Backend.TryParse(text, out Backend? backend) ? backend : throw new FormatException(text);

    private static async Task FailedAsync(TestLoop loop, int count)
    {
        await loop.Log.UntilAsync(() => loop.Log.Count(DialFailed) == count);
        await loop.SettleAsync();
    }

    private static Task<DialResult> DialAsync(TestLoop loop, GatewayOptions options, params NetworkAddress[] addresses) =>
        DialAsync(loop, options, addresses, CancellationToken.None);

    private static Task<DialResult> DialAsync(TestLoop loop, GatewayOptions options, NetworkAddress[] addresses, CancellationToken cancellation) =>
        DialAsync(loop, options, [.. addresses.Select(address => new Backend(address.ToIPEndPoint()))], cancellation);

    private static Task<DialResult> DialAsync(TestLoop loop, GatewayOptions options, Backend[] backends, CancellationToken cancellation = default)
    {
        var dialer = new Dialer(
            SluiceGateway.DialerOptionsOf(options with { TimeProvider = loop.Time }),
            new BackendPolicy(null, [], new OwnListeners()),
            new BackendHealth(loop.Time),
            loop.Log);
        var request = new DialRequest(Protocol.Tcp, TimeSpan.FromMilliseconds(AttemptTimeoutMs), backends);
        return loop.StartAsync(() => dialer.DialAsync(loop.Loop, request, cancellation));
    }
}
