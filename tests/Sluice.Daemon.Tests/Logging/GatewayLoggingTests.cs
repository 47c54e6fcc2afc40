using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Daemon.Logging;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Logging;

public sealed class GatewayLoggingTests : IDisposable
{
    /// <summary>Against hangs alone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly StringWriter _console = new();

    public void Dispose()
    {
        _folder.Dispose();
        _console.Dispose();
    }

    [Fact]
    public void Lines_below_warning_go_to_one_file_the_others_to_the_other_and_all_to_the_console()
    {
        Write(Options, logger =>
        {
            Events.Ended(logger, 1, "10.0.0.1:7083", "completed");
            Events.Careful(logger, "that");
            Events.Detail(logger, 5);
        });

        string info = File.ReadAllText(_folder["log/info.log"]);
        string error = File.ReadAllText(_folder["log/error.log"]);
        Assert.EndsWith("Z INF Session 1 key=\"10.0.0.1:7083\" ended: completed\n", info, StringComparison.Ordinal);
        Assert.EndsWith("Z WRN Careful with that\n", error, StringComparison.Ordinal);
        Assert.Equal(info + error, _console.ToString());
    }

    [Fact]
    public void The_files_are_there_before_the_first_line()
    {
        Write(
            Options,
            _ => Assert.Equal(
                ["error.log", "info.log"],
                Directory.GetFiles(_folder["log"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void The_level_decides_what_is_written()
    {
        Write(Options with { Level = LogLevel.Debug }, logger => Events.Detail(logger, 5));
        Assert.EndsWith("DBG Detail 5\n", File.ReadAllText(_folder["log/info.log"]), StringComparison.Ordinal);

        Write(Options with { Level = LogLevel.Error }, logger =>
        {
            Assert.False(logger.IsEnabled(LogLevel.Warning));
            Events.Careful(logger, "that");
        });
        Assert.Empty(File.ReadAllText(_folder["log/error.log"]));
    }

    [Fact]
    public void As_JSON_every_line_is_an_object()
    {
        Write(Options with { AsJson = true }, logger => Events.Ended(logger, 1, "a\\u000ab", "completed"));

        using var json = JsonDocument.Parse(Assert.Single(File.ReadAllLines(_folder["log/info.log"])));
        Assert.Equal(7, json.RootElement.GetProperty("@i").GetInt32());
        Assert.Equal("a\\u000ab", json.RootElement.GetProperty("Key").GetString());
        Assert.Equal("Session 1 key=\"a\\u000ab\" ended: completed", json.RootElement.GetProperty("@m").GetString());
        Assert.Equal(["@t", "@l", "@i", "@m", "Id", "Key", "Reason"], json.RootElement.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public void One_file_may_take_both()
    {
        Write(Options with { ErrorFile = _folder["log/../log/info.log"] }, logger =>
        {
            Events.Ended(logger, 1, "k", "idle");
            Events.Careful(logger, "that");
        });

        Assert.Equal(2, File.ReadAllLines(_folder["log/info.log"]).Length);
    }

    [Fact]
    public void Without_paths_there_are_no_files()
    {
        Write(new LogOptions { InfoFile = "", ErrorFile = "" }, logger => Events.Careful(logger, "that"));

        Assert.Empty(_folder.Names());
        Assert.Contains("Careful with that", _console.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_written_costs_one_line_that_names_key_and_path()
    {
        _folder.Write("log", "this is a file");

        Write(Options, logger => Events.Careful(logger, "that"));

        string[] lines = _console.ToString().TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith(
            $"sluice: warning: [log] infofilePath = \"{_folder["log/info.log"]}\" cannot be written (", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(
            $"sluice: warning: [log] errorfilePath = \"{_folder["log/error.log"]}\" cannot be written (",
            lines[1],
            StringComparison.Ordinal);
        Assert.EndsWith("WRN Careful with that", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_logs_never_waits_and_what_was_lost_is_told()
    {
        using var stuck = new StuckWriter();
        GatewayLogging logging = GatewayLogging.Open(Options, stuck, _time);

        // One line blocks the console. The queue fills up, and further lines are dropped.
        for (int i = 0; i < 20_000; i++)
        {
            Events.Ended(logging.Logger, i, "k", "idle");
        }

        stuck.Release();
        await stuck.WroteAsync(line => line.Contains(" log lines were lost", StringComparison.Ordinal)).WaitAsync(Patience);
        logging.Dispose();
    }

    [Fact]
    public void Nothing_is_lost_at_the_end_and_lines_stay_in_order()
    {
        Write(Options with { MaxFileBytes = 40_960, KeepFiles = 10_000 }, logger =>
        {
            for (int i = 0; i < 6000; i++)
            {
                Events.Ended(logger, i, "k", "idle");
            }
        });

        IEnumerable<string> expected = Enumerable.Range(0, 6000).Select(i => $"Session {i} key=\"k\" ended: idle");
        string[] files = [.. new OlderFiles(_folder["log/info.log"]).LatestFirst().Reverse(), _folder["log/info.log"]];
        Assert.Equal(expected, files.SelectMany(File.ReadAllLines).Select(MessageOf));
        Assert.Equal(expected, _console.ToString().TrimEnd('\n').Split('\n').Select(MessageOf));
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 40_960));
    }

    [Fact]
    public async Task Both_files_are_opened_again_without_a_line_to_write()
    {
        using GatewayLogging logging = GatewayLogging.Open(Options, TextWriter.Synchronized(_console), _time);
        Events.Careful(logging.Logger, "that");
        await WrittenAsync(_folder["log/error.log"], "WRN Careful with that\n");
        File.Move(_folder["log/info.log"], _folder["log/info.1"]);
        File.Move(_folder["log/error.log"], _folder["log/error.1"]);

        logging.Reopen();

        while (!File.Exists(_folder["log/info.log"]) || !File.Exists(_folder["log/error.log"]))
        {
            await Task.Delay(5);
        }
    }

    [Fact]
    public void The_fault_that_ends_the_process_is_in_the_file_for_errors()
    {
        using GatewayLogging logging = GatewayLogging.Open(Options, TextWriter.Synchronized(_console), _time);

        logging.OnUnhandledException(this, new UnhandledExceptionEventArgs(Events.Thrown("out of a thread"), isTerminating: true));

        string error = File.ReadAllText(_folder["log/error.log"]);
        Assert.Contains("CRT A fault ends the program\n", error, StringComparison.Ordinal);
        Assert.Contains("System.InvalidOperationException: out of a thread", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Lost_lines_are_counted()
    {
        _folder.Write("log", "this is a file");
        using GatewayLogging logging = GatewayLogging.Open(Options, TextWriter.Synchronized(_console), _time);
        Events.Careful(logging.Logger, "that");
        Assert.True(logging.Close(Patience, Patience));

        string metrics = System.Text.Encoding.UTF8.GetString(
            Sluice.Daemon.Admin.Metrics.PrometheusText.Of(Sluice.Gateway.SluiceGateway.MeterName).Span);

        // Tests run side by side, and their logs count in the same series.
        string line = metrics.Split('\n').Single(
            line => line.StartsWith("sluice_log_lines_lost_total{log=\"files\"} ", StringComparison.Ordinal));
        Assert.True(int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) >= 1);
    }

    [Fact]
    public async Task A_terminal_that_stands_still_does_not_stop_the_files()
    {
        using var stuck = new StuckWriter();
        using GatewayLogging logging = GatewayLogging.Open(Options, stuck, _time);

        for (int i = 1; i <= 3; i++)
        {
            Events.Careful(logging.Logger, $"{i}");
            await WrittenAsync(_folder["log/error.log"], $"WRN Careful with {i}\n");
        }

        stuck.Release();
    }

    private static string MessageOf(string line) => line[line.IndexOf("INF ", StringComparison.Ordinal)..]["INF ".Length..];

    /// <summary>Completes once the file ends so.</summary>
    private static async Task WrittenAsync(string path, string end)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!(await File.ReadAllTextAsync(path, patience.Token)).EndsWith(end, StringComparison.Ordinal))
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private LogOptions Options => new() { InfoFile = _folder["log/info.log"], ErrorFile = _folder["log/error.log"] };

    private void Write(LogOptions options, Action<ILogger> work)
    {
        using GatewayLogging logging = GatewayLogging.Open(options, TextWriter.Synchronized(_console), _time);
        work(logging.Logger);

        // The program waits for a slow disk only so long; that is not what these tests are about.
        Assert.True(logging.Close(Patience, Patience));
    }
}
