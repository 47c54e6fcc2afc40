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

/// <summary>
/// A node with a dead address, dialled again and again: passed over after the first time, found again when it is back. In virtual time.
/// </summary>
public sealed class HealthyFirstTests : IDisposable
{
    private const int AttemptTimeoutMs = 5000;
    private const int DialFailed = 10;

    private readonly TestLoop _loop = new();
    private readonly BackendHealth _health;
    private readonly Dialer _dialer;

    public HealthyFirstTests()
    {
        _health = new BackendHealth(_loop.Time);
        _dialer = new Dialer(
            SluiceGateway.DialerOptionsOf(new GatewayOptions
            {
                TimeProvider = _loop.Time,
                DialAttempts = 1,
                LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
            }),
            new BackendPolicy(null, [], new OwnListeners()),
            _health,
            _loop.Log);
    }

    [Fact]
    public async Task An_address_that_refuses_is_passed_over_until_its_pause_ends_and_taken_again_when_it_listens()
    {
        using Socket dead = RawSockets.Closed();
        using Socket alive = RawSockets.Listen();
        Backend[] node = [Of(dead), Of(alive)];
        foreach ((int advanceMs, int failed) in ((int, int)[])[(0, 1), (0, 1), (999, 1), (1, 2), (0, 2), (1999, 2), (1, 3), (3999, 3)])
        {
            await _loop.AdvanceAsync(advanceMs);
            Assert.Equal(alive.Address(), await DialAsync(node));
            Assert.Equal(failed, _loop.Log.Count(DialFailed));
        }

        dead.Listen();
        Assert.Equal(alive.Address(), await DialAsync(node));
        await _loop.AdvanceAsync(1);
        Assert.Equal(dead.Address(), await DialAsync(node));
        Assert.Empty(_health.Snapshot());
        Assert.Equal(dead.Address(), await DialAsync(node));
    }

    [Fact]
    public async Task An_address_that_is_silent_costs_its_timeout_once()
    {
        using var silent = new SilentListener();
        using Socket alive = RawSockets.Listen();
        Backend[] node = [new(silent.Address.ToIPEndPoint()), Of(alive)];
        Task<NetworkAddress?> first = DialAsync(node);
        await _loop.SettleAsync();
        await _loop.AdvanceAsync(AttemptTimeoutMs);
        Assert.Equal(alive.Address(), await first);

        // The clock stands still: whoever waited for the silent one would wait for ever.
        Assert.Equal(alive.Address(), await DialAsync(node));
        Assert.Equal(1, _loop.Log.Count(DialFailed));
    }

    [Fact]
    public async Task Where_every_address_is_put_aside_all_are_tried_and_none_refused_unheard()
    {
        using Socket first = RawSockets.Closed();
        using Socket second = RawSockets.Closed();
        Backend[] node = [Of(first), Of(second)];
        Assert.Null(await DialAsync(node));
        Assert.Null(await DialAsync(node));
        Assert.Equal(4, _loop.Log.Count(DialFailed));
        second.Listen();
        Assert.Equal(second.Address(), await DialAsync(node));
    }

    [Fact]
    public async Task A_name_is_looked_up_before_an_address_is_dialled_that_is_put_aside()
    {
        using Socket dead = RawSockets.Closed();
        using Socket alive = RawSockets.Listen();
        Assert.True(Backend.TryParse($"alive.example:{alive.Address().Port}", out Backend? named));
        Backend[] node = [Of(dead), named];
        for (int session = 0; session < 2; session++)
        {
            Assert.Equal(alive.Address(), await DialAsync(node));
            Assert.Equal(1, _loop.Log.Count(DialFailed));
        }
    }

    [Fact]
    public async Task A_client_that_leaves_while_an_address_is_dialled_says_nothing_about_it()
    {
        using var silent = new SilentListener();
        using var cancellation = new CancellationTokenSource();
        Task<NetworkAddress?> dial = DialAsync([new(silent.Address.ToIPEndPoint())], cancellation.Token);
        await _loop.SettleAsync();
        await cancellation.CancelAsync();
        Assert.Null(await dial);
        Assert.Empty(_health.Snapshot());
    }

    public void Dispose() => _loop.Dispose();

    private static Backend Of(Socket listener) => new(listener.Address().ToIPEndPoint());

    private async Task<NetworkAddress?> DialAsync(Backend[] node, CancellationToken cancellation = default)
    {
        var request = new DialRequest(Protocol.Tcp, TimeSpan.FromMilliseconds(AttemptTimeoutMs), node);
        DialResult dialled = await _loop.StartAsync(() => _dialer.DialAsync(_loop.Loop, request, cancellation));
        if (dialled.Connection is null)
        {
            return null;
        }

        await _loop.RunAsync(dialled.Connection.Close);
        return dialled.Connection.RemoteAddress;
    }
}
