using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>Reads lines of at most <see cref="MaxBytes"/> from a stream.</summary>
internal sealed class LineReader(Stream stream)
{
    /// <summary>The longest line. A pod has about ten thousand bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    private byte[] _buffer = new byte[16_384];
    private int _start;
    private int _end;

    /// <summary>
    /// Returns the next line without its end, valid until the next call; null at the end of the stream, even after an unfinished line.
    /// </summary>
    /// <exception cref="NodeSourceException">The line is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        int searched = 0;
        while (true)
        {
            int end = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, searched + end);
                _start += line.Length + 1;
                return line;
            }

            searched = _end - _start;
            MakeRoom();
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start.._end).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            // One byte more than the longest line, for its end.
            Array.Resize(
                ref _buffer,
                _end <= MaxBytes ? Math.Min(_end * 2, MaxBytes + 1) : throw new NodeSourceException("an event has more than 1 MiB"));
        }
    }
}
