using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Logging;

/// <summary>How a log entry becomes a line.</summary>
internal interface ILineFormatter
{
    /// <summary>Writes the entry, its end of line included, into the empty buffer <paramref name="line"/>.</summary>
    void Format<TState>(in LogEntry<TState> entry, DateTimeOffset time, ArrayBufferWriter<byte> line);
}
