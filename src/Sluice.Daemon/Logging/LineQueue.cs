namespace Sluice.Daemon.Logging;

/// <summary>
/// A bounded queue of lines with a thread that writes them. Adding a line never waits: a line that does not fit is dropped, counted and
/// reported.
/// </summary>
/// <remarks>
/// Waking a thread and writing cost many times more than formatting a line. So the writer lets lines gather for a moment and writes
/// them all at once. It does not wait if there is a warning, if the queue is filling up, or at the end.
/// </remarks>
internal sealed class LineQueue : ILineTarget
{
    private const int MaxLines = 8192;
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>Time for which lines gather: too short to notice, but a busy gateway writes hundreds of lines at once.</summary>
    public static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(50);

    // An object, not a Lock: the writer waits on it.
    private readonly object _gate = new();
    private readonly IBatchSink _sink;
    private readonly LostLines _lostLines;
    private readonly Thread _writer;
    private readonly TimeSpan _gatherTime;
    private LineBatch _filling = new();
    private LineBatch _writing = new();
    private bool _hurry;
    private bool _closed;
    private bool _reopen;
    private long _lost;

    /// <summary>Starts the writer, which owns the sink.</summary>
    /// <param name="name">The name of its thread.</param>
    /// <param name="sink">Writes the lines.</param>
    /// <param name="lostLines">Reports dropped lines.</param>
    /// <param name="gatherTime"><see cref="GatherTime"/> by default; tests let lines gather for ever.</param>
    public LineQueue(string name, IBatchSink sink, LostLines lostLines, TimeSpan? gatherTime = null)
    {
        _sink = sink;
        _lostLines = lostLines;
        _gatherTime = gatherTime ?? GatherTime;

        // In the background: a blocked terminal must not keep the program alive.
        _writer = new Thread(Run) { Name = name, IsBackground = true };
        _writer.Start();
    }

    /// <summary>Lines dropped so far, because the queue was full or the sink failed.</summary>
    public long Lost
    {
        get
        {
            lock (_gate)
            {
                return _lost;
            }
        }
    }

    /// <summary>Lets the sink open its files again after it has written the lines added before.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            _reopen = true;
            _hurry = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> line, bool isWarning)
    {
        lock (_gate)
        {
            if (_closed || _filling.Count == MaxLines || _filling.Bytes.Length + line.Length > MaxBytes)
            {
                _lost++;
                return;
            }

            _filling.Add(line, isWarning);
            bool hurry = isWarning || _filling.Count >= MaxLines / 2 || _filling.Bytes.Length >= MaxBytes / 2;
            if (_filling.Count == 1 || (hurry && !_hurry))
            {
                Monitor.Pulse(_gate);
            }

            _hurry |= hurry;
        }
    }

    /// <summary>Writes everything and closes the sink. Further lines are dropped.</summary>
    /// <returns>False if that takes longer than <paramref name="timeout"/>.</returns>
    public bool Close(TimeSpan timeout)
    {
        lock (_gate)
        {
            _closed = true;
            _hurry = true;
            Monitor.Pulse(_gate);
        }

        return _writer.Join(timeout);
    }

    private void Run()
    {
        bool last = false;
        while (!last)
        {
            bool reopen;
            long lost;
            lock (_gate)
            {
                WaitForLines();
                (_filling, _writing) = (_writing, _filling);
                (last, reopen, lost) = (_closed, _reopen, _lost);
                (_hurry, _reopen) = (_closed, false);
            }

            WriteBatch();
            if (reopen)
            {
                Guard(_sink.Reopen);
            }

            Guard(() => _lostLines.Tell(lost, last, _sink));
        }

        Guard(_sink.Dispose);
    }

    private void WaitForLines()
    {
        while (_filling.Count == 0 && !_closed && !_reopen)
        {
            Monitor.Wait(_gate);
        }

        if (!_hurry)
        {
            Monitor.Wait(_gate, _gatherTime);
        }
    }

    private void WriteBatch()
    {
        if (_writing.Count > 0 && !Guard(() => _sink.Write(_writing)))
        {
            lock (_gate)
            {
                _lost += _writing.Count;
            }
        }

        _writing.Clear();
    }

    /// <summary>Returns false if the work failed.</summary>
    private static bool Guard(Action work)
    {
        try
        {
            work();
            return true;
        }
#pragma warning disable CA1031 // Sinks handle the faults that they expect. No other fault of a log may end the gateway.
        catch
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
