namespace Sluice.Daemon.Logging;

/// <summary>Receives formatted log lines.</summary>
internal interface ILineTarget
{
    /// <summary>Adds a line, or several that belong together. The bytes are copied.</summary>
    /// <param name="line">UTF-8, with its end of line.</param>
    /// <param name="isWarning">Whether it is a warning or above.</param>
    void Add(ReadOnlySpan<byte> line, bool isWarning);
}
