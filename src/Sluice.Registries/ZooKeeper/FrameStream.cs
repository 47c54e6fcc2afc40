using System.Buffers.Binary;
using System.Net.Sockets;

namespace Sluice.Registries.ZooKeeper;

/// <summary>Frames over a socket: a length in four bytes, then the bytes.</summary>
internal sealed class FrameStream(Socket socket) : IDisposable
{
    /// <summary>
    /// The longest frame that is accepted. All children of a znode arrive in one frame, whatever jute.maxbuffer is on the server, which
    /// limits only what it reads: 100,000 names of 36 bytes are 4 MB. The buffer grows with the bytes received, so a length alone costs
    /// nothing.
    /// </summary>
    public const int MaxFrameBytes = 64 << 20;

    private const int SmallBufferBytes = 16 << 10;
    private const int LargeBufferBytes = 256 << 10;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private byte[] _buffer = new byte[SmallBufferBytes];
    private int _start;
    private int _end;

    /// <summary>Whether the next <see cref="ReadAsync"/> completes at once.</summary>
    public bool HasFrame =>
        _end - _start >= sizeof(int) && _end - _start - sizeof(int) >= BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));

    /// <summary>Sends frames.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellation) => _stream.WriteAsync(frames, cancellation);

    /// <summary>Returns the next frame, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="ZooKeeperException">Its length is impossible.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            int have = _end - _start - sizeof(int);
            if (have >= 0)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
                if (length is < 0 or > MaxFrameBytes)
                {
                    throw new ZooKeeperException($"it sent a frame of {length} bytes; is it ZooKeeper, and its client port?");
                }

                if (have >= length)
                {
                    _start += sizeof(int) + length;
                    return _buffer.AsMemory(_start - length, length);
                }
            }

            MakeRoom();
            int received = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (received == 0)
            {
                return null;
            }

            _end += received;
        }
    }

    public void Dispose() => _stream.Dispose();

    private void MakeRoom()
    {
        int have = _end - _start;
        if (have == 0 && _buffer.Length > LargeBufferBytes)
        {
            // A large answer is rare, so its buffer is not kept for the small ones that follow.
            _buffer = new byte[SmallBufferBytes];
        }
        else if (have == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, have).CopyTo(_buffer);
        }

        _start = 0;
        _end = have;
    }
}
