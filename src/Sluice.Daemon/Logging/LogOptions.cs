using Microsoft.Extensions.Logging;

namespace Sluice.Daemon.Logging;

/// <summary>Where log lines go, and how.</summary>
internal sealed record LogOptions
{
    /// <summary>File for everything below warning; empty = none.</summary>
    public string InfoFile { get; init; } = "log/info.log";

    /// <summary>File for warnings and above; empty = none.</summary>
    public string ErrorFile { get; init; } = "log/error.log";

    /// <summary>The least important level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>One JSON object per line instead of text.</summary>
    public bool AsJson { get; init; }

    /// <summary>A file that would grow above this is rotated.</summary>
    public long MaxFileBytes { get; init; } = 104_857_600;

    /// <summary>Older files kept per file.</summary>
    public int KeepFiles { get; init; } = 7;
}
