namespace Sluice.Daemon.Logging;

/// <summary>Lines could not be written.</summary>
/// <param name="problem">What the system said.</param>
/// <param name="written">Lines of the batch that were written before.</param>
internal sealed class LogWriteException(string problem, int written) : IOException(problem)
{
    /// <summary>Lines of the batch that were written before.</summary>
    public int Written { get; } = written;
}
