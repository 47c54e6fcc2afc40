#if NET
using System.Runtime.InteropServices;
#endif

namespace Sluice.Kcp.Arq;

/// <summary>A data segment in order, waiting to be consumed.</summary>
internal struct ReceivedSegment
{
    public byte[] Buffer;

    /// <summary>Where the bytes not yet consumed start.</summary>
    public ushort Start;

    public ushort End;

    public byte Fragment;

    public readonly int Length => End - Start;

#if NET
    /// <summary>What is not consumed yet. The pool's buffers are pinned.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => MemoryMarshal.CreateFromPinnedArray(Buffer, Start, Length);
#else
    /// <summary>What is not consumed yet.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(Start, Length);
#endif
}
