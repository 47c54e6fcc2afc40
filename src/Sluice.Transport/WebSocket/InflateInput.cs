namespace Sluice.Transport.WebSocket;

/// <summary>A compressed message and the tail that its sender left out, read in place; counts how much of them was needed.</summary>
/// <remarks>
/// The framework's inflater takes whatever it is given, and does not say where a stream ended, or that it did not. So the last bytes are
/// given one
/// at a time: what was given when it ended is what it needed.
/// </remarks>
/// <param name="message">The message.</param>
/// <param name="tail">What follows it.</param>
internal sealed class InflateInput(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> tail) : Stream
{
    /// <summary>Of the message, those that are given one at a time.</summary>
    private const int LastBytes = 2;

    /// <summary>Bytes that were given.</summary>
    public int Given { get; private set; }

    /// <summary>Whether more was wanted than there is.</summary>
    public bool RanOut { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> left = Given < message.Length ? message.Span[Given..] : tail.Span[(Given - message.Length)..];
        int count = Math.Min(buffer.Length, Math.Max(Math.Min(left.Length, 1), message.Length - LastBytes - Given));
        left[..count].CopyTo(buffer);
        Given += count;
        RanOut |= count == 0;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
