namespace Sluice.Daemon.Logging;

/// <summary>Lines could not be written.</summary>
/// <param name="problem">The message of the system.</param>
/// <param name="written">Lines of the batch that were written.</param>
internal sealed class LogWriteException(string problem, int written) : IOException(problem)
{
    /// <summary>Lines of the batch that were written.</summary>
    public int Written { get; } = written;
}
