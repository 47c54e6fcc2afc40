namespace Sluice.Daemon.Logging;

/// <summary>Writes lines. Called from one thread only.</summary>
internal interface IBatchSink : IDisposable
{
    /// <summary>Writes every line of a batch. Lines that cannot be written are dropped.</summary>
    void Write(LineBatch batch);

    /// <summary>Opens its file again, because the path may lead to another one now.</summary>
    void Reopen()
    {
    }
}
