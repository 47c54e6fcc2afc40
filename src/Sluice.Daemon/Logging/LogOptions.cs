using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;

namespace Sluice.Daemon.Logging;

/// <summary>Where log lines go, and how.</summary>
internal sealed record LogOptions
{
    /// <summary>File for everything below warning; empty = none.</summary>
    public string InfoFile { get; init; } = "";

    /// <summary>File for warnings and above; empty = none.</summary>
    public string ErrorFile { get; init; } = "";

    /// <summary>The least important level that is written.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>One JSON object per line instead of text.</summary>
    public bool AsJson { get; init; }

    /// <summary>A file that would grow above this is rotated.</summary>
    public long MaxFileBytes { get; init; } = 104_857_600;

    /// <summary>Older files kept per file.</summary>
    public int KeepFiles { get; init; } = 7;

    /// <summary>What the settings say.</summary>
    public static LogOptions From(Settings settings) => new()
    {
        InfoFile = settings.Get(Keys.InfoFile),
        ErrorFile = settings.Get(Keys.ErrorFile),
        Level = settings.Get(Keys.LogLevelKey),
        AsJson = settings.Get(Keys.LogAsJson),
        MaxFileBytes = settings.Get(Keys.MaxFileBytes),
        KeepFiles = settings.GetInt(Keys.KeepFiles),
    };
}
