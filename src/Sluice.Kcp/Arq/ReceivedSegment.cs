#if NET
using System.Runtime.InteropServices;
#endif

namespace Sluice.Kcp.Arq;

/// <summary>A data segment that waits to be consumed.</summary>
internal struct ReceivedSegment
{
    public byte[] Buffer;

    /// <summary>Where the bytes not yet consumed start.</summary>
    public ushort Start;

    public ushort End;

    public byte Fragment;

    /// <summary>False for a number that a later one jumped over.</summary>
    public readonly bool HasArrived => Buffer is not null;

    public readonly int Length => End - Start;

#if NET
    /// <summary>What is not consumed yet. The pool's buffers are pinned.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => MemoryMarshal.CreateFromPinnedArray(Buffer, Start, Length);
#else
    /// <summary>What is not consumed yet.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(Start, Length);
#endif
}
