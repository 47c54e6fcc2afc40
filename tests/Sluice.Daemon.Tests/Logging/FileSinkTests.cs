using Microsoft.Extensions.Time.Testing;
using Sluice.Daemon.Logging;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>A file that cannot be written costs one message, and is tried again later.</summary>
public sealed class FileSinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly List<string> _problems = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_that_cannot_be_made_is_told_once_and_lines_are_let_go()
    {
        _folder.Write("file", "");

        using FileSink sink = Create("file/info.log");
        sink.Write(Events.Batch("lost"));
        _time.Advance(TimeSpan.FromMinutes(1));
        sink.Write(Events.Batch("lost as well"));

        Assert.Single(_problems);
    }

    [Fact]
    public void Writing_goes_on_once_it_is_possible_again_and_a_new_failure_is_told_anew()
    {
        _folder.Write("file", "");
        using FileSink sink = Create("file/info.log");

        File.Delete(_folder["file"]);
        sink.Write(Events.Batch("within the pause"));
        Assert.False(Directory.Exists(_folder["file"]));
        _time.Advance(TimeSpan.FromSeconds(10));
        sink.Write(Events.Batch("after it"));

        string[] lines = File.ReadAllLines(_folder["file/info.log"]);
        Assert.Equal(2, lines.Length);
        Assert.Contains("WRN 1 log lines are missing here: the file could not be written (", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("INF after it", lines[1], StringComparison.Ordinal);
        Assert.Single(_problems);
        Assert.Equal(1, sink.Lost);
    }

    [Fact]
    public void A_directory_in_the_place_of_the_file_is_told()
    {
        Directory.CreateDirectory(_folder["info.log"]);

        using FileSink sink = Create("info.log");

        Assert.Single(_problems);
    }

    [Fact]
    public void Lines_that_a_full_disk_does_not_take_are_counted_and_named_once_there_is_room()
    {
        File.CreateSymbolicLink(_folder["info.log"], "/dev/full");
        using FileSink sink = Create("info.log");
        sink.Write(Events.Batch("one", "two"));
        sink.Write(Events.Batch("three"));
        Assert.Contains("No space left on device", Assert.Single(_problems), StringComparison.Ordinal);
        Assert.Equal(3, sink.Lost);

        File.Delete(_folder["info.log"]);
        _time.Advance(TimeSpan.FromSeconds(10));
        sink.Write(Events.Batch("four"));

        string[] lines = File.ReadAllLines(_folder["info.log"]);
        Assert.EndsWith(
            "WRN 3 log lines are missing here: the file could not be written (No space left on device)",
            lines[0],
            StringComparison.Ordinal);
        Assert.EndsWith("INF four", lines[1], StringComparison.Ordinal);
        Assert.Equal(3, sink.Lost);
    }

    [Fact]
    public void A_file_that_is_opened_again_is_tried_without_a_pause()
    {
        _folder.Write("file", "");
        using FileSink sink = Create("file/info.log");
        sink.Write(Events.Batch("lost"));
        File.Delete(_folder["file"]);

        sink.Reopen();

        Assert.Contains("1 log lines are missing here", File.ReadAllText(_folder["file/info.log"]), StringComparison.Ordinal);
    }

    private FileSink Create(string name) =>
        new(new RotatingFile(_folder[name], 10_000, 1, _time), new TextLineFormatter(), _time, _problems.Add);
}
