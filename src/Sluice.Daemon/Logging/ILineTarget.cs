namespace Sluice.Daemon.Logging;

/// <summary>Takes finished log lines.</summary>
internal interface ILineTarget
{
    /// <summary>Takes a line, or several that belong together; the bytes are copied.</summary>
    /// <param name="line">UTF-8, its end of line included.</param>
    /// <param name="isWarning">True for a warning and above.</param>
    void Add(ReadOnlySpan<byte> line, bool isWarning);
}
