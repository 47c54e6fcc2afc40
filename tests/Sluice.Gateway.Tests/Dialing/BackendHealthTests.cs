using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Tests.Dialing;

/// <summary>Who failed lately, and for how long that counts.</summary>
public class BackendHealthTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly BackendHealth _health;

    public BackendHealthTests() => _health = new BackendHealth(_time);

    [Fact]
    public void Who_failed_is_tried_last_and_nobody_is_left_out()
    {
        Fail(1);
        Fail(3);
        Assert.Equal([2, 4, 1, 3], Order(1, 2, 3, 4));
        Assert.Equal([1, 3], Order(1, 3));
        Assert.Equal([3, 1], Order(3, 1));
        Assert.Equal([1], Order(1));
    }

    [Fact]
    public void The_pause_doubles_with_each_failed_trial_up_to_half_a_minute()
    {
        Fail(1);
        foreach (int pauseMs in (int[])[1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
        {
            Pass(pauseMs - 1);
            Assert.Equal([2, 1], Order(1, 2));
            Pass(1);
            Assert.Equal([1, 2], Order(1, 2));
            Try(1);
            Fail(1);
        }
    }

    [Fact]
    public void Failures_within_one_pause_count_once()
    {
        for (int session = 0; session < 100; session++)
        {
            Fail(1);
        }

        Assert.Equal(1, Assert.Single(_health.Snapshot()).Failures);
        Pass(1000);
        Assert.Equal([1, 2], Order(1, 2));
    }

    [Fact]
    public void After_the_pause_one_session_tries_and_the_others_wait_for_what_it_finds()
    {
        Fail(1);
        Pass(1000);
        Try(1);
        Assert.Equal([2, 1], Order(1, 2));

        // It left without an answer either way: the next one may try after the same time.
        Pass(1000);
        Assert.Equal([1, 2], Order(1, 2));
        Try(1);
        Answer(1);
        Assert.Equal([1, 2], Order(1, 2));
        Assert.Empty(_health.Snapshot());
    }

    [Fact]
    public void Who_answers_begins_anew()
    {
        for (int i = 0; i < 6; i++)
        {
            Fail(1);
            Pass(30_000);
        }

        Answer(1);
        Fail(1);
        Pass(1000);
        Assert.Equal([1, 2], Order(1, 2));
    }

    [Fact]
    public void What_nobody_asks_for_is_forgotten()
    {
        Fail(1);
        Pass(30_000);
        Fail(2);
        Assert.Equal(2, _health.Snapshot().Count);
        Pass(31_000);
        Assert.Equal(Target(2).Address, Assert.Single(_health.Snapshot()).Address);
        Pass(61_000);
        Assert.Empty(_health.Snapshot());
    }

    [Fact]
    public void The_table_is_bounded_and_forgets_the_oldest_failure_first()
    {
        for (int i = 0; i < BackendHealth.MaxTargets; i++)
        {
            Fail(i);
        }

        Pass(1000);
        Fail(0);
        Fail(BackendHealth.MaxTargets);
        Assert.Equal(BackendHealth.MaxTargets, _health.Snapshot().Count);
        Assert.Equal([1, BackendHealth.MaxTargets, 0], Order(BackendHealth.MaxTargets, 0, 1));
    }

    [Fact]
    public void Protocols_and_names_of_one_address_are_told_apart()
    {
        NetworkAddress address = Target(1).Address;
        _health.Failed(new DialTarget(Protocol.Kcp, address, null));
        _health.Failed(new DialTarget(Protocol.Tcp, address, "evil.example"));
        Assert.Equal([1, 2], Order(1, 2));
    }

    [Fact]
    public void What_is_put_aside_can_be_read()
    {
        Fail(1);
        Pass(1000);
        Fail(1);
        Assert.Equal(new SuspendedBackend(Protocol.Tcp, Target(1).Address, null, 2, _time.GetUtcNow().AddSeconds(2)), Assert.Single(_health.Snapshot()));
    }

    private static DialTarget Target(int number) =>
        new(Protocol.Tcp, NetworkAddress.From(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]), 7000), null);

    private void Fail(int number) => _health.Failed(Target(number));

    private void Try(int number) => _health.Trying(Target(number));

    private void Answer(int number) => _health.Answered(Target(number));

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    private int[] Order(params int[] numbers)
    {
        var targets = new TargetList();
        foreach (int number in numbers)
        {
            targets.Add(Target(number));
        }

        TargetList ordered = _health.HealthyFirst(targets);
        return [.. Enumerable.Range(0, ordered.Count).Select(i => Array.Find(numbers, number => Target(number) == ordered[i]))];
    }
}
