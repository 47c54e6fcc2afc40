using Sluice.Transport.Files;
using Sluice.Transport.Platform;

namespace Sluice.Daemon.Logging;

/// <summary>
/// A file of lines with a limited size, and only the lines of one day (UTC). Otherwise it is renamed and a new one begun.
/// </summary>
/// <remarks>
/// The configured path is always the current file, so that <c>tail -F</c> works. If another program moves the file away, a new one is
/// opened before the next line. Symbolic links are followed and stay; only a regular file at their end is rotated. Lines are not buffered
/// here. Not thread-safe.
/// </remarks>
internal sealed class RotatingFile : IDisposable
{
    private readonly string _path;
    private readonly long _maxBytes;
    private readonly int _keep;
    private readonly TimeProvider _time;
    private AppendedFile? _file;
    private LogPath _opened;
    private bool _rotates;
    private bool _isTorn;
    private long _length;
    private DateTime _day;

    /// <summary>Creates the object without opening the file.</summary>
    public RotatingFile(string path, long maxBytes, int keep, TimeProvider time)
    {
        _path = Path.GetFullPath(path);
        _maxBytes = maxBytes;
        _keep = keep;
        _time = time;
    }

    private DateTime Today => _time.GetUtcNow().UtcDateTime.Date;

    /// <summary>Opens the file, and creates its folder if there is none. A file of another day is renamed first.</summary>
    public void Open()
    {
        if (_file is not null)
        {
            return;
        }

        OpenNow();
        if (_rotates && _length > 0 && File.GetLastWriteTimeUtc(_opened.Target).Date < Today)
        {
            Rotate();
        }
    }

    /// <summary>Writes lines, with one system call for each file.</summary>
    /// <exception cref="LogWriteException">Not all lines could be written.</exception>
    public void Write(LineBatch batch)
    {
        int next = 0;
        try
        {
            FollowPath();
            while (next < batch.Count)
            {
                if (_rotates && _length > 0 && (_day < Today || LinesThatFit(batch, next) == 0))
                {
                    Rotate();
                }

                // A line that is longer than a file may be gets a file of its own.
                int count = _rotates ? Math.Max(1, LinesThatFit(batch, next)) : batch.Count - next;
                Append(batch, ref next, count);
            }
        }
        catch (Exception failure) when (failure is not LogWriteException && failure is IOException or UnauthorizedAccessException)
        {
            throw new LogWriteException(failure.Message, next);
        }
    }

    /// <summary>Closes the file. The next line opens it again.</summary>
    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    /// <summary>Opens the file that the path leads to now, if it is not open already.</summary>
    private void FollowPath()
    {
        if (_file?.LengthAt(_path) is { } length)
        {
            // Another program may have truncated it.
            _length = length;
        }
        else
        {
            Close();
            Open();
        }
    }

    private void OpenNow()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        _opened = LogPath.Of(_path);
        _file = AppendedFiles.Open(_opened.Target);
        _rotates = _opened.MayRotate && _file.IsRegular;
        _length = _rotates ? _file.LengthAt(_opened.Target) ?? 0 : 0;
        _day = Today;
    }

    private void Append(LineBatch batch, ref int next, int count)
    {
        if (_isTorn && _file!.Append("\n"u8, out _) is null)
        {
            _isTorn = false;
            _length++;
        }

        ReadOnlySpan<byte> bytes = batch.Slice(next, count);
        string? problem = _file!.Append(bytes, out int written);
        _day = Today;
        _length += written;
        if (problem is null)
        {
            next += count;
            return;
        }

        _isTorn |= written > 0 && bytes[written - 1] != (byte)'\n';
        int lines = 0;
        while (lines < count && batch.Slice(next, lines + 1).Length <= written)
        {
            lines++;
        }

        throw new LogWriteException(problem, next + lines);
    }

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

    private void Rotate()
    {
        var older = new OlderFiles(_opened.Target);
        if (_file!.LengthAt(_opened.Target) is not null)
        {
            // Otherwise another program moved it away.
            File.Move(_opened.Target, older.NextPath(_time.GetUtcNow()));
        }

        older.Keep(_keep);
        Close();
        OpenNow();
    }
}
