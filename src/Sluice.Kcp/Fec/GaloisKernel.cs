#if NET
using System.Runtime.Intrinsics.X86;
#endif

namespace Sluice.Kcp.Fec;

/// <summary>The one inner loop of Reed-Solomon, by the best means of this processor. All twins give the same bytes.</summary>
internal static class GaloisKernel
{
    /// <summary>Adds <paramref name="factor"/> times the source to the target, which must be at least as long.</summary>
    public static void MultiplyAdd(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
#if NET
        if (Gfni.V256.IsSupported)
        {
            GfniKernel.MultiplyAdd(factor, source, target);
            return;
        }

        if (Avx2.IsSupported)
        {
            Avx2Kernel.MultiplyAdd(factor, source, target);
            return;
        }
#endif
        PortableKernel.MultiplyAdd(factor, source, target);
    }
}
