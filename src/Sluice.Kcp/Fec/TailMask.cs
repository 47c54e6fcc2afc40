#if NET
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Masks for the end of a shard. Its last bytes are processed as the end of a whole vector, which also covers bytes already done; the mask
/// keeps those from being added twice. One by one, the last 24 bytes of a 1400-byte shard would take a third of the total time.
/// </summary>
internal static class TailMask
{
    private static ReadOnlySpan<byte> Bytes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    /// <summary>Returns ones in the last <paramref name="count"/> of 32 bytes.</summary>
    public static Vector256<byte> Load(int count) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Bytes), (nuint)count);
}
#endif
