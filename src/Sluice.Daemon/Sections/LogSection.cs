using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Daemon.Logging;

namespace Sluice.Daemon.Sections;

/// <summary><c>[log]</c>: the log files and their lines.</summary>
internal static class LogSection
{
    public static readonly Section<LogOptions> Table = new("log", new LogOptions());

    public static readonly Setting<string> InfoFile = Table.Add("infofilePath", new PathKind(),
        "File for the lines below warning. The current lines are always in this file, older ones in files beside it.",
        options => options.InfoFile, (options, value) => options with { InfoFile = value });

    public static readonly Setting<string> ErrorFile = Table.Add("errorfilePath", new PathKind(),
        "File for warnings and errors. It may be the same file as `infofilePath`.",
        options => options.ErrorFile, (options, value) => options with { ErrorFile = value });

    public static readonly Setting<LogLevel> Level = Table.Add("level",
        new ChoiceKind<LogLevel>(
            ("debug", LogLevel.Debug), ("information", LogLevel.Information), ("warning", LogLevel.Warning), ("error", LogLevel.Error)),
        "The least important lines that are written, to the console and to the files.",
        options => options.Level, (options, value) => options with { Level = value });

    public static readonly Setting<bool> AsJson = Table.Add("format", new ChoiceKind<bool>(("text", false), ("json", true)),
        "The format of lines: text for people, or a JSON object per line.",
        options => options.AsJson, (options, value) => options with { AsJson = value });

    public static readonly Setting<long> MaxFileBytes = Table.Add("max_file_bytes", new WholeNumberKind<long>(4096, 1L << 40),
        "A log file that would grow above this is renamed and a new one begun. "
        + "The same happens at the first line of each day (UTC). See [rotation](logging.md#rotation).",
        options => options.MaxFileBytes, (options, value) => options with { MaxFileBytes = value });

    public static readonly Setting<int> KeepFiles = Table.Add("keep_files", new WholeNumberKind<int>(0, 10_000),
        "Older files to keep of each log file. The oldest ones above it are deleted.",
        options => options.KeepFiles, (options, value) => options with { KeepFiles = value });
}
