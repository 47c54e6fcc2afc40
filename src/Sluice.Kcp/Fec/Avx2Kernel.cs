#if NET
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Multiplies by shuffles: a product is the sum of the products of its two half bytes, and one shuffle looks up sixteen of these.
/// </summary>
internal static class Avx2Kernel
{
    // Per factor: 16 products of low half bytes, then 16 of high ones.
    private static readonly byte[] Tables = BuildTables();

    public static bool IsSupported => Avx2.IsSupported;

    public static void MultiplyAdd(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        target = target.Slice(0, source.Length);
        ref byte table = ref Tables[factor << 5];
        Vector128<byte> lowHalf = Vector128.LoadUnsafe(ref table);
        Vector128<byte> highHalf = Vector128.LoadUnsafe(ref table, 16);
        Vector256<byte> low = Vector256.Create(lowHalf, lowHalf);
        Vector256<byte> high = Vector256.Create(highHalf, highHalf);
        Vector256<byte> mask = Vector256.Create((byte)0x0f);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target);
        int i = 0;
        for (; i <= source.Length - 64; i += 64)
        {
            Product(ref from, i, low, high, mask).Add(ref to, i);
            Product(ref from, i + 32, low, high, mask).Add(ref to, i + 32);
        }

        for (; i <= source.Length - 32; i += 32)
        {
            Product(ref from, i, low, high, mask).Add(ref to, i);
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

        int last = source.Length - 32;
        (Product(ref from, last, low, high, mask) & TailMask.Load(source.Length - i)).Add(ref to, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Product(ref byte from, int offset, Vector256<byte> low, Vector256<byte> high, Vector256<byte> mask)
    {
        Vector256<byte> value = Vector256.LoadUnsafe(ref from, (nuint)offset);
        Vector256<byte> upper = (value.AsUInt16() >>> 4).AsByte() & mask;
        return Avx2.Shuffle(low, value & mask) ^ Avx2.Shuffle(high, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(this Vector256<byte> product, ref byte to, int offset) =>
        (Vector256.LoadUnsafe(ref to, (nuint)offset) ^ product).StoreUnsafe(ref to, (nuint)offset);

    private static byte[] BuildTables()
    {
        var tables = new byte[256 * 32];
        for (int factor = 0; factor < 256; factor++)
        {
            for (int half = 0; half < 16; half++)
            {
                tables[(factor << 5) | half] = GaloisField.Multiply(factor, half);
                tables[(factor << 5) | 16 | half] = GaloisField.Multiply(factor, half << 4);
            }
        }

        return tables;
    }
}
#endif
