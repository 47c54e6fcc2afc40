using System.Threading.Tasks.Sources;

namespace Sluice.Transport.Tls;

/// <summary>
/// The stream below an <see cref="System.Net.Security.SslStream"/>: encrypted bytes are given to it, and what is written goes to its owner.
/// </summary>
/// <remarks>
/// Not thread-safe: it is used by one thread at a time, a handshake worker or the loop. A write completes at once. A read completes at
/// once or, later, inside of <see cref="Complete"/>: the caller runs the code that waited, so nothing changes threads by itself.
/// </remarks>
internal sealed class TlsPipe(ITlsPipeOwner owner) : Stream, IValueTaskSource<int>
{
    private byte[] _data = [];
    private int _start;
    private int _end;
    private Memory<byte> _wanted;
    private bool _waiting;
    private bool _ended;
    private ManualResetValueTaskSourceCore<int> _read;

    public ITlsPipeOwner Owner { get; set; } = owner;

    /// <summary>Bytes given and not yet read.</summary>
    public int Available => _end - _start;

    /// <summary>Whether the reader has read the end.</summary>
    public bool EndWasRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Gives bytes, which stay valid until they are read or <see cref="Take"/>n back. Everything given before must be read.
    /// </summary>
    public void Give(byte[] data, int start, int count)
    {
        _data = data;
        _start = start;
        _end = start + count;
    }

    /// <summary>Takes back what was not read.</summary>
    public ReadOnlySpan<byte> Take()
    {
        ReadOnlySpan<byte> left = _data.AsSpan(_start, Available);
        Give([], 0, 0);
        return left;
    }

    /// <summary>No more bytes come.</summary>
    public void End() => _ended = true;

    /// <summary>Ends a waiting read, if there is something to read; the code that waited runs before this returns.</summary>
    public void Complete()
    {
        if (_waiting && (Available > 0 || _ended))
        {
            _waiting = false;
            Memory<byte> wanted = _wanted;
            _wanted = default;
            _read.SetResult(ReadNow(wanted.Span));
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Available > 0 || _ended)
        {
            return new ValueTask<int>(ReadNow(buffer.Span));
        }

        _read.Reset();
        _wanted = buffer;
        _waiting = true;
        var waiting = new ValueTask<int>(this, _read.Version);
        Owner.Starved();
        return waiting;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Reading would block.");

    public override void Write(ReadOnlySpan<byte> buffer) => Owner.Send(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Owner.Send(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Owner.Send(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Owner.Send(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    /// <summary>An empty buffer only asks whether there is something.</summary>
    private int ReadNow(Span<byte> buffer)
    {
        int count = Math.Min(Available, buffer.Length);
        _data.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        EndWasRead |= count == 0 && buffer.Length > 0;
        return count;
    }
}
