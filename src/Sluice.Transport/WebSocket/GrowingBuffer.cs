using System.Buffers;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>
/// Bytes that must outlive a callback: a buffer of the loop while they fit, a larger shared one if they do not, none while there are
/// none.
/// </summary>
internal struct GrowingBuffer
{
    /// <summary>Rents at most this multiple of the bytes received, however large the announced message.</summary>
    private const int GrowthFactor = 16;

    private byte[]? _bytes;
    private int _start;
    private int _end;

    public readonly int Count => _end - _start;

    public readonly bool IsEmpty => _end == _start;

    public readonly ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_start, _end - _start);

    public readonly Span<byte> Content => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Adds room after the content, and returns it.</summary>
    /// <param name="loop">Whose buffers are used.</param>
    /// <param name="count">Bytes.</param>
    /// <param name="expected">Bytes that are announced in all. What is rented follows what is there, not what is announced.</param>
    public Span<byte> Extend(EventLoop loop, int count, int expected = 0)
    {
        Reserve(loop, count, expected);
        _end += count;
        return _bytes.AsSpan(_end - count, count);
    }

    public void Append(EventLoop loop, ReadOnlySpan<byte> data) => data.CopyTo(Extend(loop, data.Length));

    /// <summary>Drops bytes at the front; the buffer is given back with the last one.</summary>
    public void Consume(EventLoop loop, int count)
    {
        _start += count;
        if (_start == _end)
        {
            Release(loop);
        }
    }

    /// <summary>Drops bytes at the back.</summary>
    public void Shrink(int count) => _end -= count;

    public void Release(EventLoop loop)
    {
        if (_bytes is not null)
        {
            GiveBack(loop, _bytes);
            _bytes = null;
        }

        (_start, _end) = (0, 0);
    }

    private void Reserve(EventLoop loop, int count, int expected)
    {
        if (_bytes is not null && _bytes.Length - _end >= count)
        {
            return;
        }

        int needed = Count + count;
        if (_bytes is not null && _bytes.Length >= needed && _start >= _bytes.Length / 2)
        {
            Content.CopyTo(_bytes);
        }
        else
        {
            byte[] larger = Rent(loop, (int)Math.Clamp(expected, needed, (long)GrowthFactor * needed));
            Content.CopyTo(larger);
            if (_bytes is not null)
            {
                GiveBack(loop, _bytes);
            }

            _bytes = larger;
        }

        (_start, _end) = (0, needed - count);
    }

    private static byte[] Rent(EventLoop loop, int count) =>
        count <= loop.SmallBuffers.MaxBytes ? loop.SmallBuffers.Rent(count)
        : count <= loop.Buffers.BufferBytes ? loop.Buffers.Rent()
        : ArrayPool<byte>.Shared.Rent(count);

    private static void GiveBack(EventLoop loop, byte[] bytes)
    {
        // What the shared pool gives is larger than any buffer of the loop.
        if (bytes.Length <= loop.SmallBuffers.MaxBytes)
        {
            loop.SmallBuffers.Return(bytes);
        }
        else if (bytes.Length <= loop.Buffers.BufferBytes)
        {
            loop.Buffers.Return(bytes);
        }
        else
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
