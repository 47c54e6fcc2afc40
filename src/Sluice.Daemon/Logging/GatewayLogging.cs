using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway;

namespace Sluice.Daemon.Logging;

/// <summary>
/// The log: standard error, and the two files. Logging never waits: lines go through bounded queues to threads of their own.
/// </summary>
/// <remarks>
/// The console and the files have a queue each, so that a blocked terminal does not stop the files. If a file cannot be written, one
/// warning goes to standard error and the gateway runs on: serving clients is worth more than the log.
/// </remarks>
internal sealed class GatewayLogging : IDisposable
{
    /// <summary>
    /// Longest wait for the files at the end: a busy machine takes a while to write the last lines, which are the most useful ones.
    /// Only a disk that hangs takes this long.
    /// </summary>
    private static readonly TimeSpan FilesTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for the console at the end: a blocked terminal is not unusual.</summary>
    private static readonly TimeSpan ConsoleTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The same if the program ends at once, by a second signal or a fault.</summary>
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

    /// <summary>The logger of the whole program.</summary>
    public ILogger Logger { get; }

    /// <summary>Opens the log.</summary>
    /// <param name="options">The options.</param>
    /// <param name="error">Standard error. Only the log's own thread writes to it.</param>
    /// <param name="time">The clock of lines and of rotation.</param>
    public static GatewayLogging Open(LogOptions options, TextWriter error, TimeProvider time) => new(options, error, time);

    /// <summary>Writes what is queued and closes the files.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnAbruptEnd;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
        _meter.Dispose();
        Close(FilesTimeout, ConsoleTimeout);
    }

    /// <summary>Opens the files again, after another program rotated them.</summary>
    public void Reopen() => _files?.Reopen();

    /// <summary>Writes what is queued and closes the files.</summary>
    /// <returns>False if a timeout was too short.</returns>
    public bool Close(TimeSpan filesTimeout, TimeSpan consoleTimeout)
    {
        // The files first: their faults are reported on the console.
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
