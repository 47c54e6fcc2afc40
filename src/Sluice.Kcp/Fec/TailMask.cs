#if NET
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sluice.Kcp.Fec;

/// <summary>
/// The last bytes of a shard are done as the end of a whole vector that reaches back into bytes already done; the mask keeps
/// those from being added twice. Byte by byte the 24 odd bytes of a 1400-byte shard took a third of the time of all of it.
/// </summary>
internal static class TailMask
{
    private static ReadOnlySpan<byte> Bytes =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    ];

    /// <summary>Ones in the last <paramref name="count"/> of 32 bytes.</summary>
    public static Vector256<byte> Load(int count) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(Bytes), (nuint)count);
}
#endif
