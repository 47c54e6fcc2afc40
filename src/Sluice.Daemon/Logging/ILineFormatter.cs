using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Daemon.Logging;

/// <summary>Formats log entries as lines.</summary>
internal interface ILineFormatter
{
    /// <summary>Writes the entry, with its end of line, into the empty buffer <paramref name="line"/>.</summary>
    void Format<TState>(in LogEntry<TState> entry, DateTimeOffset time, ArrayBufferWriter<byte> line);
}
