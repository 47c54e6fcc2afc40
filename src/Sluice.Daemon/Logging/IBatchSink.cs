namespace Sluice.Daemon.Logging;

/// <summary>Where lines end up; called from one thread only.</summary>
internal interface IBatchSink : IDisposable
{
    /// <summary>Writes every line of a batch. What cannot be written is let go.</summary>
    void Write(LineBatch batch);

    /// <summary>Opens its file again, since the path may lead to another one by now.</summary>
    void Reopen()
    {
    }
}
