using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Sluice.Daemon.Logging;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Logging;

public sealed class RotatingFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The present day, since the file system keeps the dates of files by its own clock.</summary>
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(DateTime.UtcNow.Date.AddHours(16), TimeSpan.Zero));

    private string Today => _time.GetUtcNow().ToString("yyyyMMdd");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lines_go_to_the_configured_path_at_once()
    {
        using RotatingFile file = Create();

        file.Write("one\n");
        Assert.Equal("one\n", Read("info.log"));
        file.Write("two\n");

        Assert.Equal("one\ntwo\n", Read("info.log"));
    }

    [Fact]
    public void A_file_that_would_grow_above_its_size_is_put_aside_and_the_path_stays_the_current_one()
    {
        using RotatingFile file = Create(maxBytes: 8);

        file.Write("1234567\n");
        file.Write("next\n");

        Assert.Equal([$"info-{Today}T160000.log", "info.log"], _folder.Names());
        Assert.Equal("1234567\n", Read($"info-{Today}T160000.log"));
        Assert.Equal("next\n", Read("info.log"));
    }

    [Fact]
    public void Lines_that_come_together_are_split_where_a_file_is_full()
    {
        using RotatingFile file = Create(maxBytes: 8);

        file.Write("first\n");
        file.Write("a\n", "123\n", "456\n", "longer than that\n", "b\n", "c\n");

        Assert.Equal(["first\na\n", "123\n456\n", "longer than that\n", "b\nc\n"], InOrder());
    }

    [Fact]
    public void However_lines_come_together_none_is_lost_or_torn_and_no_file_is_too_large() =>
        Gen.Int[1, 60].Array[1, 40].Array[1, 6].Sample(
            batches =>
            {
                using var folder = new TemporaryFolder();
                using var file = new RotatingFile(folder["info.log"], 100, 10_000, _time);
                int number = 0;
                string[][] lines = [
                    .. batches.Select(sizes => sizes.Select(size => $"{number++}".PadRight(2 * size, '.') + "\n").ToArray()),
                ];
                foreach (string[] batch in lines)
                {
                    file.Write(batch);
                }

                file.Close();
                string[] texts = [.. InOrder(folder)];
                return string.Concat(texts) == string.Concat(lines.SelectMany(batch => batch))
                    && texts.All(text => text.EndsWith('\n') && (text.Length <= 100 || text.Count(c => c == '\n') == 1));
            },
            iter: 200);

    [Fact]
    public void A_line_longer_than_the_size_is_written_whole_into_a_file_of_its_own()
    {
        using RotatingFile file = Create(maxBytes: 4);

        file.Write("longer than that\n");
        file.Write("x\n");

        Assert.Equal(["longer than that\n", "x\n"], _folder.Names().Select(Read));
    }

    [Fact]
    public void Several_within_one_second_have_names_of_their_own()
    {
        using RotatingFile file = Create(maxBytes: 2, keep: 100);

        for (int i = 0; i < 13; i++)
        {
            file.Write($"{i}\n");
        }

        Assert.Equal(13, _folder.Names().Length);
        Assert.Equal("0\n", Read($"info-{Today}T160000.log"));
        Assert.Equal("1\n", Read($"info-{Today}T160000-1.log"));
        Assert.Equal("11\n", Read($"info-{Today}T160000-11.log"));
        Assert.Equal("12\n", Read("info.log"));
    }

    [Fact]
    public void The_first_line_of_a_day_begins_a_new_file()
    {
        using RotatingFile file = Create();

        file.Write("yesterday\n");
        _time.Advance(TimeSpan.FromHours(7.9));
        file.Write("late\n");
        _time.Advance(TimeSpan.FromHours(0.2));
        file.Write("today\n");

        Assert.Equal([$"info-{Today}T000600.log", "info.log"], _folder.Names());
        Assert.Equal("yesterday\nlate\n", Read($"info-{Today}T000600.log"));
        Assert.Equal("today\n", Read("info.log"));
    }

    [Fact]
    public void An_empty_file_of_yesterday_is_not_put_aside()
    {
        using RotatingFile file = Create();
        file.Open();

        _time.Advance(TimeSpan.FromDays(2));
        file.Write("x\n");

        Assert.Equal(["info.log"], _folder.Names());
    }

    [Fact]
    public void What_a_former_run_left_is_continued_on_the_same_day_and_put_aside_on_another()
    {
        _folder.Write("info.log", "before\n");
        using (RotatingFile file = Create())
        {
            file.Write("after\n");
        }

        Assert.Equal("before\nafter\n", Read("info.log"));
        File.SetLastWriteTimeUtc(_folder["info.log"], _time.GetUtcNow().UtcDateTime.AddDays(-3));
        using (RotatingFile file = Create())
        {
            file.Write("days later\n");
        }

        Assert.Equal([$"info-{Today}T160000.log", "info.log"], _folder.Names());
        Assert.Equal("days later\n", Read("info.log"));
    }

    [Fact]
    public void The_size_of_what_a_former_run_left_counts()
    {
        _folder.Write("info.log", "1234567\n");
        using RotatingFile file = Create(maxBytes: 8);

        file.Write("x\n");

        Assert.Equal("x\n", Read("info.log"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Only_so_many_older_files_are_kept_and_those_are_the_latest(int keep)
    {
        using RotatingFile file = Create(maxBytes: 4, keep);

        for (int i = 0; i < 30; i++)
        {
            file.Write($"{i:00}\n");
            _time.Advance(i < 15 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        }

        Assert.Equal(keep + 1, _folder.Names().Length);
        Assert.Equal("29\n", Read("info.log"));
        Assert.Equal(
            Enumerable.Range(29 - keep, keep).Select(i => $"{i:00}\n").Reverse(),
            new OlderFiles(_folder["info.log"]).LatestFirst().Select(File.ReadAllText));
    }

    [Fact]
    public void Other_files_in_the_folder_are_not_touched()
    {
        string[] others = [
            "info-important.log", "info-20260101T000000.log.gz", "info-20260101T0000000.log", "info-20260101T000000-x.log",
            "information.log", "error-20260101T000000.log",
        ];
        foreach (string other in others)
        {
            _folder.Write(other, "mine");
        }

        using RotatingFile file = Create(maxBytes: 1, keep: 0);
        file.Write("a\n");
        file.Write("b\n");

        Assert.Equal(others.Append("info.log").Order(StringComparer.Ordinal), _folder.Names());
    }

    [Fact]
    public void A_file_that_somebody_moved_away_is_begun_anew()
    {
        using RotatingFile file = Create(maxBytes: 8);
        file.Write("1234567\n");

        File.Move(_folder["info.log"], _folder["moved"]);
        file.Write("next\n");

        Assert.Equal(["info.log", "moved"], _folder.Names());
        Assert.Equal("next\n", Read("info.log"));
    }

    [Fact]
    public void A_file_that_was_moved_away_is_begun_anew_with_the_next_line()
    {
        using RotatingFile file = Create();
        file.Write("old\n");

        File.Move(_folder["info.log"], _folder["moved"]);
        file.Write("new\n");
        File.Move(_folder["info.log"], _folder["moved.2"]);
        _folder.Write("info.log", "made by others\n");
        file.Write("newer\n");

        Assert.Equal("old\n", Read("moved"));
        Assert.Equal("new\n", Read("moved.2"));
        Assert.Equal("made by others\nnewer\n", Read("info.log"));
    }

    [Fact]
    public void A_file_that_was_emptied_goes_on_from_its_begin()
    {
        using RotatingFile file = Create(maxBytes: 12);
        file.Write("12345678\n");

        using (FileStream other = File.OpenWrite(_folder["info.log"]))
        {
            other.SetLength(0);
        }

        file.Write("after\n");

        Assert.Equal("after\n", Read("info.log"));
        Assert.Equal(["info.log"], _folder.Names());
    }

    [Fact]
    public void What_others_append_is_not_written_over()
    {
        using RotatingFile file = Create();
        file.Write("mine\n");
        File.AppendAllText(_folder["info.log"], "of another\n");
        file.Write("mine\n");

        Assert.Equal("mine\nof another\nmine\n", Read("info.log"));
    }

    [Fact]
    public void A_link_stays_and_the_file_that_it_leads_to_is_put_aside()
    {
        Directory.CreateDirectory(_folder["disk"]);
        File.CreateSymbolicLink(_folder["info.log"], "disk/real.log");
        using RotatingFile file = Create(maxBytes: 8);

        file.Write("1234567\n");
        file.Write("next\n");

        Assert.Equal("disk/real.log", new FileInfo(_folder["info.log"]).LinkTarget);
        Assert.Equal(["info.log"], _folder.Names());
        Assert.Equal("next\n", Read("disk/real.log"));
        Assert.Equal("1234567\n", Read($"disk/real-{Today}T160000.log"));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/stderr")]
    [InlineData("/proc/self/fd/2")]
    public void A_link_to_a_device_or_a_standard_stream_is_written_and_never_renamed(string device)
    {
        File.CreateSymbolicLink(_folder["info.log"], device);
        using RotatingFile file = Create(maxBytes: 4);

        file.Write("\n", "\n");
        _time.Advance(TimeSpan.FromDays(2));
        file.Write("\n", "\n", "\n", "\n", "\n", "\n", "\n", "\n");

        Assert.Equal(device, new FileInfo(_folder["info.log"]).LinkTarget);
        Assert.Equal(["info.log"], _folder.Names());
        Assert.True(File.Exists(device));
    }

    [Fact]
    public void A_file_behind_a_descriptor_of_the_process_is_not_renamed()
    {
        using var output = new FileStream(_folder["output"], FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        File.CreateSymbolicLink(_folder["info.log"], $"/proc/self/fd/{output.SafeFileHandle.DangerousGetHandle()}");
        using RotatingFile file = Create(maxBytes: 4);

        file.Write("1234\n");
        file.Write("5678\n");

        Assert.Equal(["info.log", "output"], _folder.Names());
        Assert.Equal("1234\n5678\n", Read("output"));
    }

    [Fact]
    public void Links_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(_folder["info.log"], "other.log");
        File.CreateSymbolicLink(_folder["other.log"], "info.log");
        using RotatingFile file = Create();

        Assert.Throws<IOException>(file.Open);
    }

    [Fact]
    public void A_FIFO_that_nobody_reads_is_an_error_and_one_with_a_reader_gets_the_lines()
    {
        MakeFifo(_folder["info.log"]);
        using RotatingFile file = Create(maxBytes: 4);

        Assert.Contains("FIFO", Assert.Throws<IOException>(file.Open).Message, StringComparison.Ordinal);

        // Opened for both, so that opening it waits for nobody.
        using var reader = new FileStream(_folder["info.log"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        file.Write("12345\n");
        file.Write("x\n");

        byte[] read = new byte[8];
        reader.ReadExactly(read);
        Assert.Equal("12345\nx\n"u8.ToArray(), read);
        Assert.Equal(["info.log"], _folder.Names());
    }

    [Fact]
    public void The_folder_is_made_where_there_is_none()
    {
        using var file = new RotatingFile(_folder["a/b/info.log"], 100, 1, _time);

        file.Open();

        Assert.True(File.Exists(_folder["a/b/info.log"]));
    }

    [Fact]
    public void A_name_without_an_extension_works()
    {
        using var file = new RotatingFile(_folder["log"], 1, 1, _time);

        file.Write("a\n");
        file.Write("b\n");
        file.Write("c\n");

        Assert.Equal(["log", $"log-{Today}T160000-1"], _folder.Names());
    }

    private RotatingFile Create(long maxBytes = 1000, int keep = 7) => new(_folder["info.log"], maxBytes, keep, _time);

    private IEnumerable<string> InOrder(TemporaryFolder? folder = null)
    {
        string current = (folder ?? _folder)["info.log"];
        return new OlderFiles(current).LatestFirst().Reverse().Append(current).Select(ReadPath);
    }

    private static void MakeFifo(string path)
    {
        using var make = System.Diagnostics.Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }

    private string Read(string name) => ReadPath(_folder[name]);

    private static string ReadPath(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new StreamReader(stream).ReadToEnd();
    }
}
