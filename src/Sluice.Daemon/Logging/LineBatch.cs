namespace Sluice.Daemon.Logging;

/// <summary>Lines in one block of memory, so that many are written with one system call. Not thread-safe.</summary>
internal sealed class LineBatch : ILineTarget
{
    private const int FirstBytes = 16 * 1024;

    private readonly List<(int End, bool IsWarning)> _lines = [];
    private byte[] _bytes = new byte[FirstBytes];
    private int _used;

    /// <summary>The number of lines.</summary>
    public int Count => _lines.Count;

    /// <summary>All lines.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _used);

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> line, bool isWarning)
    {
        if (line.Length > _bytes.Length - _used)
        {
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _used + line.Length));
        }

        line.CopyTo(_bytes.AsSpan(_used));
        _used += line.Length;
        _lines.Add((_used, isWarning));
    }

    /// <summary>Whether a line is a warning or above.</summary>
    public bool IsWarning(int index) => _lines[index].IsWarning;

    /// <summary>Returns the bytes of some lines.</summary>
    public ReadOnlySpan<byte> Slice(int first, int count)
    {
        int start = StartOf(first);
        return _bytes.AsSpan(start, StartOf(first + count) - start);
    }

    /// <summary>Removes every line.</summary>
    public void Clear()
    {
        _lines.Clear();
        _used = 0;
    }

    private int StartOf(int index) => index == 0 ? 0 : _lines[index - 1].End;
}
