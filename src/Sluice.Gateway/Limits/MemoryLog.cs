using Microsoft.Extensions.Logging;

namespace Sluice.Gateway.Limits;

/// <summary>The log lines of the memory limit.</summary>
internal static partial class MemoryLog
{
    [LoggerMessage(27, LogLevel.Warning,
        "The process has {Bytes} bytes of memory, more than [limits] max_memory_bytes = {MaxBytes}: "
        + "new clients are rejected until it has less")]
    public static partial void MemoryShort(ILogger logger, long bytes, long maxBytes);

    [LoggerMessage(28, LogLevel.Information,
        "The process has {Bytes} bytes of memory, not more than [limits] max_memory_bytes = {MaxBytes}: new clients are served again")]
    public static partial void MemoryEnough(ILogger logger, long bytes, long maxBytes);
}
