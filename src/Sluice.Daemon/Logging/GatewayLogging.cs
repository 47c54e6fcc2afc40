using System.Text;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Logging;

/// <summary>Opens the log: standard error, and the two files. Who logs never waits: lines go through bounded queues to threads of their own.</summary>
/// <remarks>
/// The console and the files have a queue each, so that a terminal that stands still does not stop the files. A file that cannot be
/// written costs one warning line on standard error, and the gateway runs on: serving clients is worth more than a log of it.
/// </remarks>
internal sealed class GatewayLogging : IDisposable
{
    /// <summary>How long the end waits for a queue; a terminal that stands still would keep the program for ever.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The same where the program ends at once, by a second signal or a fault.</summary>
    private static readonly TimeSpan AbruptTimeout = TimeSpan.FromMilliseconds(200);

    private readonly LineQueue _console;
    private readonly LineQueue? _files;

    private GatewayLogging(LogOptions options, TextWriter error, TimeProvider time)
    {
        ILineFormatter formatter = options.AsJson ? new JsonLineFormatter() : new TextLineFormatter();
        _console = new LineQueue("log-console", new ConsoleSink(error), new LostLines(formatter, time));
        if (options.InfoFile.Length > 0 || options.ErrorFile.Length > 0)
        {
            _files = new LineQueue("log-files", Files(options, time), new LostLines(formatter, time));
        }

        Logger = new LineLogger(formatter, options.Level, time, _files is null ? [_console] : [_console, _files]);
        AppDomain.CurrentDomain.ProcessExit += OnAbruptEnd;
        AppDomain.CurrentDomain.UnhandledException += OnAbruptEnd;
    }

    /// <summary>What everything logs to.</summary>
    public ILogger Logger { get; }

    /// <summary>Opens the log.</summary>
    /// <param name="options">Where to and how.</param>
    /// <param name="error">Standard error; only the log's own thread writes to it.</param>
    /// <param name="time">The clock of lines and of rotation.</param>
    public static GatewayLogging Open(LogOptions options, TextWriter error, TimeProvider time) => new(options, error, time);

    /// <summary>Writes what is queued, and closes the files.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnAbruptEnd;
        AppDomain.CurrentDomain.UnhandledException -= OnAbruptEnd;
        Close(CloseTimeout);
    }

    private void OnAbruptEnd(object? sender, EventArgs e) => Close(AbruptTimeout);

    private void Close(TimeSpan timeout)
    {
        // The files first: what is wrong with them is told on the console.
        _files?.Close(timeout);
        _console.Close(timeout);
    }

    private SplitSink Files(LogOptions options, TimeProvider time)
    {
        FileSink? info = File(Keys.InfoFile, options.InfoFile, options, time);
        bool same = options.ErrorFile.Length > 0
            && options.InfoFile.Length > 0
            && string.Equals(Path.GetFullPath(options.InfoFile), Path.GetFullPath(options.ErrorFile), StringComparison.Ordinal);
        return new SplitSink(info, same ? info : File(Keys.ErrorFile, options.ErrorFile, options, time));
    }

    private FileSink? File(ConfigurationKey key, string path, LogOptions options, TimeProvider time) =>
        path.Length == 0
            ? null
            : new FileSink(
                new RotatingFile(path, options.MaxFileBytes, options.KeepFiles, time),
                time,
                problem => _console.Add(
                    Encoding.UTF8.GetBytes(
                        $"sluice: warning: {key} = \"{Quoted.Plain(path, 400)}\" cannot be written ({Quoted.Plain(problem, 300)}); "
                        + "logging goes on without this file. Make its folder writable, or name another file\n"),
                    isWarning: true));
}
