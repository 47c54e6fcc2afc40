#if NET
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Multiplies with GFNI: multiplying by a constant is a linear map of eight bits, and one instruction applies such a map to each byte.
/// (GFNI's own multiplication uses another field.)
/// </summary>
internal static class GfniKernel
{
    private static readonly ulong[] Maps = BuildMaps();

    public static bool IsSupported => Gfni.V256.IsSupported;

    public static void MultiplyAdd(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        target = target.Slice(0, source.Length);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target);
        Vector256<byte> map = Vector256.Create(Maps[factor]).AsByte();
        int i = 0;
        for (; i <= source.Length - 64; i += 64)
        {
            Vector256<byte> first = Gfni.V256.GaloisFieldAffineTransform(Vector256.LoadUnsafe(ref from, (nuint)i), map, 0);
            Vector256<byte> second = Gfni.V256.GaloisFieldAffineTransform(Vector256.LoadUnsafe(ref from, (nuint)i + 32), map, 0);
            (Vector256.LoadUnsafe(ref to, (nuint)i) ^ first).StoreUnsafe(ref to, (nuint)i);
            (Vector256.LoadUnsafe(ref to, (nuint)i + 32) ^ second).StoreUnsafe(ref to, (nuint)i + 32);
        }

        for (; i <= source.Length - 32; i += 32)
        {
            Vector256<byte> product = Gfni.V256.GaloisFieldAffineTransform(Vector256.LoadUnsafe(ref from, (nuint)i), map, 0);
            (Vector256.LoadUnsafe(ref to, (nuint)i) ^ product).StoreUnsafe(ref to, (nuint)i);
        }

        if (i == source.Length)
        {
            return;
        }

        if (source.Length < 32)
        {
            PortableKernel.MultiplyAdd(factor, source, target);
            return;
        }

        nuint last = (nuint)source.Length - 32;
        Vector256<byte> tail = Gfni.V256.GaloisFieldAffineTransform(Vector256.LoadUnsafe(ref from, last), map, 0);
        tail &= TailMask.Load(source.Length - i);
        (Vector256.LoadUnsafe(ref to, last) ^ tail).StoreUnsafe(ref to, last);
    }

    // Row 7 - i of a map, a byte, selects the input bits that make up output bit i.
    private static ulong[] BuildMaps()
    {
        var maps = new ulong[256];
        for (int factor = 0; factor < 256; factor++)
        {
            for (int input = 0; input < 8; input++)
            {
                int product = GaloisField.Multiply(factor, 1 << input);
                for (int output = 0; output < 8; output++)
                {
                    ulong bit = (ulong)((product >> output) & 1);
                    maps[factor] |= bit << (((7 - output) * 8) + input);
                }
            }
        }

        return maps;
    }
}
#endif
