namespace Sluice.Daemon.Logging;

/// <summary>A bounded queue of lines with a thread that writes them. Who adds a line never waits: what does not fit is let go, counted and told.</summary>
/// <remarks>
/// Waking a thread and writing cost many times what formatting a line does. So the writer lets lines gather for a moment and writes
/// them all at once; it does not let a warning wait, nor a queue that is filling up, nor the end.
/// </remarks>
internal sealed class LineQueue : ILineTarget
{
    private const int MaxLines = 8192;
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>How long lines gather. Nobody who watches a log sees it; a busy gateway writes hundreds of lines at once.</summary>
    public static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(50);

    // An object, not a Lock: the writer sleeps on it.
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

    /// <summary>Starts the writer; the sink is its own from now on.</summary>
    /// <param name="name">Of its thread.</param>
    /// <param name="sink">What writes the lines.</param>
    /// <param name="lostLines">Tells of those that were let go.</param>
    /// <param name="gatherTime"><see cref="GatherTime"/> by default; a test may have lines gather for ever.</param>
    public LineQueue(string name, IBatchSink sink, LostLines lostLines, TimeSpan? gatherTime = null)
    {
        _sink = sink;
        _lostLines = lostLines;
        _gatherTime = gatherTime ?? GatherTime;

        // In the background: a terminal that stands still does not keep the program alive.
        _writer = new Thread(Run) { Name = name, IsBackground = true };
        _writer.Start();
    }

    /// <summary>Lines that were let go so far: for lack of room, or since the sink failed.</summary>
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

    /// <summary>Has the sink open its files again, once it has written what was added before.</summary>
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

    /// <summary>Has everything written and the sink closed; further lines are let go.</summary>
    /// <returns>False where that takes longer than <paramref name="timeout"/>.</returns>
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
#pragma warning disable CA1031 // Sinks deal with what they expect; whatever else goes wrong with a log must not end the gateway.
        catch
#pragma warning restore CA1031
        {
            return false;
        }
    }
}
