#if NET
using System.Runtime.InteropServices;
#endif

namespace Sluice.Kcp.Arq;

/// <summary>A received data segment.</summary>
internal struct ReceivedSegment
{
    public byte[] Buffer;

    /// <summary>The index of the first byte not yet consumed.</summary>
    public ushort Start;

    public ushort End;

    public byte Fragment;

    /// <summary>False for a number that was skipped so far.</summary>
    public readonly bool HasArrived => Buffer is not null;

    public readonly int Length => End - Start;

#if NET
    /// <summary>The bytes not yet consumed. The pool's buffers are pinned.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => MemoryMarshal.CreateFromPinnedArray(Buffer, Start, Length);
#else
    /// <summary>The bytes not yet consumed.</summary>
    public readonly ReadOnlyMemory<byte> Bytes => Buffer.AsMemory(Start, Length);
#endif
}
