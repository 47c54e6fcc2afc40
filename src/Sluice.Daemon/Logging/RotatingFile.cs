namespace Sluice.Daemon.Logging;

/// <summary>A file of lines that never grows above a size and never holds two days: then it is put aside and a new one begun.</summary>
/// <remarks>
/// The configured path is always the current file, so that <c>tail -F</c> and the operator's memory work. What is written is handed
/// to the system at once. Not thread-safe.
/// </remarks>
internal sealed class RotatingFile : IDisposable
{
    private readonly string _path;
    private readonly long _maxBytes;
    private readonly int _keep;
    private readonly TimeProvider _time;
    private readonly OlderFiles _older;
    private FileStream? _stream;
    private long _length;
    private DateTime _day;

    /// <summary>Sets the file up; nothing is opened yet.</summary>
    public RotatingFile(string path, long maxBytes, int keep, TimeProvider time)
    {
        _path = Path.GetFullPath(path);
        _maxBytes = maxBytes;
        _keep = keep;
        _time = time;
        _older = new OlderFiles(_path);
    }

    private DateTime Today => _time.GetUtcNow().UtcDateTime.Date;

    /// <summary>Opens the file, and its folder where there is none. What another day left in it is put aside.</summary>
    public void Open()
    {
        if (_stream is not null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        var existing = new FileInfo(_path);
        bool ofAnotherDay = existing.Exists && existing.Length > 0 && existing.LastWriteTimeUtc.Date < Today;
        if (ofAnotherDay)
        {
            PutAside();
        }

        // Readers and tools that move the file away may have it open as well.
        _stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _length = _stream.Length;
        _day = Today;
    }

    /// <summary>Writes lines, with as few system calls as there are files to write them to.</summary>
    public void Write(LineBatch batch)
    {
        int next = 0;
        while (next < batch.Count)
        {
            Open();
            if (_length > 0 && (_day < Today || LinesThatFit(batch, next) == 0))
            {
                Close();
                PutAside();
                Open();
            }

            // A line that fits nowhere gets a file of its own.
            int count = Math.Max(1, LinesThatFit(batch, next));
            ReadOnlySpan<byte> bytes = batch.Slice(next, count);
            _day = Today;
            _stream!.Write(bytes);
            _length += bytes.Length;
            next += count;
        }
    }

    /// <summary>Closes the file; the next line opens it again.</summary>
    public void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private int LinesThatFit(LineBatch batch, int first)
    {
        int count = 0;
        long length = _length;
        while (first + count < batch.Count && (length += batch.Slice(first + count, 1).Length) <= _maxBytes)
        {
            count++;
        }

        return count;
    }

    private void PutAside()
    {
        if (File.Exists(_path))
        {
            // Otherwise somebody else moved it away.
            File.Move(_path, _older.NextPath(_time.GetUtcNow()));
        }

        _older.Keep(_keep);
    }
}
