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
    /// <summary>
    /// How long the end waits for the files, however it comes: a busy machine takes a while to write the last lines, which tell the most. Only a
    /// disk that hangs uses it up.
    /// </summary>
    private static readonly TimeSpan FilesTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long it waits for the console: a terminal that stands still is nothing unusual, and would keep the program for ever.</summary>
    private static readonly TimeSpan ConsoleTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The same where the program ends at once, by a second signal or a fault.</summary>
    private static readonly TimeSpan AbruptConsoleTimeout = TimeSpan.FromMilliseconds(200);

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
        Close(FilesTimeout, ConsoleTimeout);
    }

    /// <summary>Writes what is queued, and closes the files; waits so long for the files and for the console.</summary>
    /// <returns>False where that was too short.</returns>
    public bool Close(TimeSpan filesTimeout, TimeSpan consoleTimeout)
    {
        // The files first: what is wrong with them is told on the console.
        bool filesClosed = _files?.Close(filesTimeout) != false;
        return _console.Close(consoleTimeout) && filesClosed;
    }

    private void OnAbruptEnd(object? sender, EventArgs e) => Close(FilesTimeout, AbruptConsoleTimeout);

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
