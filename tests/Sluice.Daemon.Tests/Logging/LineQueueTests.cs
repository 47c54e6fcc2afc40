using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sluice.Daemon.Logging;

namespace Sluice.Daemon.Tests.Logging;

public sealed class LineQueueTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(Events.Time);
    private readonly RecordingSink _sink = new();
    private LineQueue _queue;

    public LineQueueTests() => _queue = Create();

    public void Dispose()
    {
        _sink.LetGo();
        _queue.Close(Patience);
        _sink.Dispose();
    }

    [Fact]
    public void Every_line_is_written_in_the_order_of_its_thread()
    {
        const int Threads = 4;
        const int Lines = 1500;
        Parallel.For(0, Threads, thread =>
        {
            for (int i = 0; i < Lines; i++)
            {
                Add($"{thread} {i}");
            }
        });

        Assert.True(_queue.Close(Patience));

        ILookup<string, int> numbers = _sink.Lines
            .Select(line => line.Split(' '))
            .ToLookup(parts => parts[0], parts => int.Parse(parts[1], CultureInfo.InvariantCulture));
        Assert.Equal(Threads, numbers.Count);
        Assert.All(numbers, thread => Assert.Equal(Enumerable.Range(0, Lines), thread));
    }

    [Fact]
    public void What_was_added_before_the_end_is_written_and_the_sink_closed()
    {
        Add("one");
        Add("two");

        Assert.True(_queue.Close(Patience));
        Add("too late");

        Assert.Equal(["one", "two"], _sink.Lines);
        Assert.True(_sink.IsDisposed);
        Assert.True(_queue.Close(Patience));
    }

    [Fact]
    public async Task A_line_alone_is_written_within_a_moment()
    {
        for (int i = 0; i < 3; i++)
        {
            Add("alone");
            await _sink.WroteAsync().WaitAsync(Patience);
        }

        Assert.InRange(LineQueue.GatherTime, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_warning_does_not_wait_for_others_and_takes_those_before_it_along()
    {
        GatherForEver();
        for (int i = 0; i < 20; i++)
        {
            Add("waits");
            Add("alone", isWarning: true);
            await _sink.WroteAsync().WaitAsync(Patience);
            Assert.Equal((i + 1, 2 * (i + 1)), (_sink.Batches, _sink.Lines.Count));
        }
    }

    [Fact]
    public async Task A_queue_that_fills_does_not_wait_for_more()
    {
        GatherForEver();
        for (int i = 0; i < 8192 / 2; i++)
        {
            Add($"{i}");
        }

        await _sink.WroteAsync().WaitAsync(Patience);

        Assert.Equal(Enumerable.Range(0, 8192 / 2).Select(i => $"{i}"), _sink.Lines);
    }

    [Fact]
    public void Lines_gather_and_are_written_together()
    {
        GatherForEver();
        for (int i = 0; i < 1000; i++)
        {
            Add("x");
        }

        Assert.True(_queue.Close(Patience));

        Assert.Equal(1000, _sink.Lines.Count);
        Assert.Equal(1, _sink.Batches);
    }

    [Fact]
    public async Task While_the_sink_is_stuck_the_queue_is_bounded_and_what_is_lost_is_counted()
    {
        _sink.Hold();
        Add("first", isWarning: true);
        await _sink.EnteredAsync().WaitAsync(Patience);
        for (int i = 0; i < 10_000; i++)
        {
            Add($"{i}");
        }

        Assert.False(_queue.Close(TimeSpan.Zero));
        _sink.LetGo();
        Assert.True(_queue.Close(Patience));

        Assert.Equal(
            [
                "first", .. Enumerable.Range(0, 8192).Select(i => $"{i}"),
                "2026-11-22T16:54:00.123Z WRN 1808 log lines were lost: they came faster than they could be written, or writing failed",
            ],
            _sink.Lines);
    }

    [Fact]
    public async Task Long_lines_fill_it_by_their_bytes()
    {
        _sink.Hold();
        Add("first", isWarning: true);
        await _sink.EnteredAsync().WaitAsync(Patience);
        string large = new('x', 100_000);
        for (int i = 0; i < 50; i++)
        {
            Add(large);
        }

        _sink.LetGo();
        _queue.Close(Patience);

        Assert.Equal(20, _sink.Lines.Count(line => line == large));
        Assert.EndsWith(
            "WRN 30 log lines were lost: they came faster than they could be written, or writing failed",
            _sink.Lines[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_that_throws_loses_its_batch_and_nothing_more()
    {
        _sink.Fail = true;
        Add("lost", isWarning: true);
        await _sink.EnteredAsync().WaitAsync(Patience);
        await _sink.FailedAsync().WaitAsync(Patience);

        Add("written");
        Assert.True(_queue.Close(Patience));

        Assert.Equal("written", _sink.Lines[0]);
        Assert.EndsWith(
            "WRN 1 log lines were lost: they came faster than they could be written, or writing failed",
            _sink.Lines[1],
            StringComparison.Ordinal);
    }

    private void Add(string line, bool isWarning = false) => _queue.Add(Encoding.UTF8.GetBytes(line + "\n"), isWarning);

    private LineQueue Create(TimeSpan? gatherTime = null) => new("test", _sink, new LostLines(new TextLineFormatter(), _time), gatherTime);

    /// <summary>
    /// From here on only what does not wait is written: a busy machine cannot be taken for a hurry, nor a hurry for a busy machine.
    /// </summary>
    private void GatherForEver()
    {
        Assert.True(_queue.Close(Patience));
        _queue = Create(Timeout.InfiniteTimeSpan);
    }
}
