using System.Buffers;

namespace Sluice.Tokens.Verification;

/// <summary>Bytes in a buffer of the pool, until they are disposed.</summary>
internal readonly struct RentedBytes(byte[] buffer, int length) : IDisposable
{
    public ReadOnlySpan<byte> Span => buffer.AsSpan(0, length);

    public int Length => length;

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
