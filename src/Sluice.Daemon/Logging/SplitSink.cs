namespace Sluice.Daemon.Logging;

/// <summary>Sends warnings and errors to one sink, everything below to another. Both may be the same.</summary>
internal sealed class SplitSink(IBatchSink? below, IBatchSink? warnings) : IBatchSink
{
    private readonly LineBatch _below = new();
    private readonly LineBatch _warnings = new();

    /// <inheritdoc/>
    public void Write(LineBatch batch)
    {
        if (ReferenceEquals(below, warnings))
        {
            below?.Write(batch);
            return;
        }

        _below.Clear();
        _warnings.Clear();
        for (int i = 0; i < batch.Count; i++)
        {
            bool isWarning = batch.IsWarning(i);
            (isWarning ? _warnings : _below).Add(batch.Slice(i, 1), isWarning);
        }

        Pass(_below, below);
        Pass(_warnings, warnings);
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        below?.Reopen();
        if (!ReferenceEquals(below, warnings))
        {
            warnings?.Reopen();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        below?.Dispose();
        if (!ReferenceEquals(below, warnings))
        {
            warnings?.Dispose();
        }
    }

    private static void Pass(LineBatch batch, IBatchSink? sink)
    {
        if (batch.Count > 0)
        {
            sink?.Write(batch);
        }
    }
}
