using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway;

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
    private readonly List<FileSink> _sinks = [];
    private readonly Meter _meter = new(SluiceGateway.MeterName);

    private GatewayLogging(LogOptions options, TextWriter error, TimeProvider time)
    {
        ILineFormatter formatter = options.AsJson ? new JsonLineFormatter() : new TextLineFormatter();
        _console = new LineQueue("log-console", new ConsoleSink(error), new LostLines(formatter, time));
        if (options.InfoFile.Length > 0 || options.ErrorFile.Length > 0)
        {
            _files = new LineQueue("log-files", Files(options, formatter, time), new LostLines(formatter, time));
        }

        Logger = new LineLogger(formatter, options.Level, time, _files is null ? [_console] : [_console, _files]);
        _meter.CreateObservableCounter(
            "sluice_log_lines_lost",
            () => new Measurement<long>[]
            {
                new(_console.Lost, new KeyValuePair<string, object?>("log", "console")),
                new((_files?.Lost ?? 0) + _sinks.Sum(sink => sink.Lost), new KeyValuePair<string, object?>("log", "files")),
            },
            description: "Log lines that were not written: they came too fast, or the file or terminal could not take them");
        AppDomain.CurrentDomain.ProcessExit += OnAbruptEnd;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
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
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
        _meter.Dispose();
        Close(FilesTimeout, ConsoleTimeout);
    }

    /// <summary>Opens the files again, as after a log rotation by others.</summary>
    public void Reopen() => _files?.Reopen();

    /// <summary>Writes what is queued, and closes the files; waits so long for the files and for the console.</summary>
    /// <returns>False where that was too short.</returns>
    public bool Close(TimeSpan filesTimeout, TimeSpan consoleTimeout)
    {
        // The files first: what is wrong with them is told on the console.
        bool filesClosed = _files?.Close(filesTimeout) != false;
        return _console.Close(consoleTimeout) && filesClosed;
    }

    private void OnAbruptEnd(object? sender, EventArgs e) => Close(FilesTimeout, AbruptConsoleTimeout);

    /// <summary>Logs the fault that ends the process.</summary>
    internal void OnUnhandledException(object? sender, UnhandledExceptionEventArgs e)
    {
        if (e.ExceptionObject is Exception fault)
        {
            DaemonLog.Faulted(Logger, fault);
        }

        OnAbruptEnd(sender, e);
    }

    private SplitSink Files(LogOptions options, ILineFormatter formatter, TimeProvider time)
    {
        FileSink? info = File("infofilePath", options.InfoFile, options, formatter, time);
        bool same = options.ErrorFile.Length > 0
            && options.InfoFile.Length > 0
            && string.Equals(Path.GetFullPath(options.InfoFile), Path.GetFullPath(options.ErrorFile), StringComparison.Ordinal);
        return new SplitSink(info, same ? info : File("errorfilePath", options.ErrorFile, options, formatter, time));
    }

    private FileSink? File(string setting, string path, LogOptions options, ILineFormatter formatter, TimeProvider time)
    {
        if (path.Length == 0)
        {
            return null;
        }

        var sink = new FileSink(
            new RotatingFile(path, options.MaxFileBytes, options.KeepFiles, time),
            formatter,
            time,
            problem => _console.Add(
                Encoding.UTF8.GetBytes(
                    $"sluice: warning: [log] {setting} = \"{Quoted.Long(path)}\" cannot be written ({Quoted.Plain(problem, 300)}); "
                    + "its lines are lost until it can be. Make it writable, or name another file\n"),
                isWarning: true));
        _sinks.Add(sink);
        return sink;
    }
}
