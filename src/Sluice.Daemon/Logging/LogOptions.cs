using Microsoft.Extensions.Logging;

namespace Sluice.Daemon.Logging;

/// <summary>Options of the log.</summary>
internal sealed record LogOptions
{
    /// <summary>File for the lines below warning; empty = none.</summary>
    public string InfoFile { get; init; } = "log/info.log";

    /// <summary>File for warnings and above; empty = none.</summary>
    public string ErrorFile { get; init; } = "log/error.log";

    /// <summary>The least important level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Whether a line is a JSON object instead of text.</summary>
    public bool AsJson { get; init; }

    /// <summary>Largest size of a file, in bytes. One that would grow above it is rotated.</summary>
    public long MaxFileBytes { get; init; } = 104_857_600;

    /// <summary>Older files to keep of each file.</summary>
    public int KeepFiles { get; init; } = 7;
}
