using Serilog;
using Serilog.Core;
using Serilog.Extensions.Logging;
using Serilog.Formatting;
using Sluice.Daemon.Configuration;
using ILogger = Microsoft.Extensions.Logging.ILogger;

namespace Sluice.Daemon.Logging;

/// <summary>Opens the log: standard error, and the two files. Who logs never waits: lines go through bounded queues to threads of their own.</summary>
/// <remarks>
/// The console and the files have a queue each, so that a terminal that stands still does not stop the files. A file that cannot be
/// written costs one warning line on standard error, and the gateway runs on: serving clients is worth more than a log of it.
/// </remarks>
internal sealed class GatewayLogging : IDisposable
{
    /// <summary>Lines per queue; at 2 KiB each, 16 MiB at the worst.</summary>
    private const int QueueLines = 8192;

    /// <summary>How long the end waits for lines that are still queued; a terminal that stands still would keep the program for ever.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly Logger _serilog;
    private readonly SerilogLoggerProvider _provider;

    private GatewayLogging(Logger serilog)
    {
        _serilog = serilog;
        _provider = new SerilogLoggerProvider(serilog);
        Logger = _provider.CreateLogger("Sluice");
    }

    /// <summary>What everything logs to.</summary>
    public ILogger Logger { get; }

    /// <summary>Opens the log.</summary>
    /// <param name="options">Where to and how.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="time">The clock of rotation.</param>
    public static GatewayLogging Open(LogOptions options, TextWriter error, TimeProvider time)
    {
        var console = new LostLines(new ConsoleSink(Formatter(options), error), time);
        LoggerConfiguration serilog = new LoggerConfiguration()
            .MinimumLevel.Is(LevelConvert.ToSerilogLevel(options.Level))
            .WriteTo.Async(to => to.Sink(console), console, QueueLines, blockWhenFull: false);
        if (options.InfoFile.Length > 0 || options.ErrorFile.Length > 0)
        {
            var files = new LostLines(Files(options, error, time), time);
            serilog.WriteTo.Async(to => to.Sink(files), files, QueueLines, blockWhenFull: false);
        }

        return new GatewayLogging(serilog.CreateLogger());
    }

    /// <summary>Writes what is queued, and closes the files.</summary>
    public void Dispose()
    {
        // On a thread of its own, and not waited for beyond the timeout.
        Task.Factory.StartNew(_serilog.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait(FlushTimeout);
        _provider.Dispose();
    }

    private static SplitSink Files(LogOptions options, TextWriter error, TimeProvider time)
    {
        FileSink? info = File(Keys.InfoFile, options.InfoFile, options, error, time);
        bool same = options.ErrorFile.Length > 0
            && options.InfoFile.Length > 0
            && string.Equals(Path.GetFullPath(options.InfoFile), Path.GetFullPath(options.ErrorFile), StringComparison.Ordinal);
        return new SplitSink(info, same ? info : File(Keys.ErrorFile, options.ErrorFile, options, error, time));
    }

    private static FileSink? File(ConfigurationKey key, string path, LogOptions options, TextWriter error, TimeProvider time) =>
        path.Length == 0
            ? null
            : new FileSink(
                new RotatingFile(path, options.MaxFileBytes, options.KeepFiles, time),
                Formatter(options),
                time,
                problem => error.WriteLine(
                    $"sluice: warning: {key} = \"{Quoted.Plain(path, 400)}\" cannot be written ({Quoted.Plain(problem, 300)}); "
                    + "logging goes on without this file. Make its folder writable, or name another file"));

    private static ITextFormatter Formatter(LogOptions options) => options.AsJson ? new JsonLineFormatter() : new TextLineFormatter();
}
