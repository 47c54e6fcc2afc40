#if NET
using System.Runtime.Intrinsics.X86;
#endif

namespace Sluice.Kcp.Fec;

/// <summary>The inner loop of Reed-Solomon, with the best instructions of this processor. All variants give the same bytes.</summary>
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
