using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Sluice.Transport.WebSocket;

/// <summary>
/// Undoes (or puts on) the masking of a client's payload: every byte XOR a byte of the 4-byte key in turn (RFC 6455 section 5.3).
/// </summary>
public static class Masking
{
    /// <summary>XORs bytes from one place to another, with the widest vectors of the machine.</summary>
    /// <param name="source">What is masked.</param>
    /// <param name="destination">Where it goes: at least as long, and the same place, apart from the source, or before it and overlapping
    /// it.</param>
    /// <param name="key">The key for the first byte of <paramref name="source"/>, its first byte lowest.</param>
    /// <returns>The key for the byte after the last one.</returns>
    public static uint Apply(ReadOnlySpan<byte> source, Span<byte> destination, uint key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, source.Length, nameof(destination));
        uint vectorKey = BitConverter.IsLittleEndian ? key : BinaryPrimitives.ReverseEndianness(key);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination);
        nuint length = (nuint)source.Length;
        nuint i = 0;

        // Each step loads before it stores, so a destination before the source never overwrites what is still to be read.
        if (Vector512.IsHardwareAccelerated && length >= 64)
        {
            Vector512<byte> mask = Vector512.Create(vectorKey).AsByte();
            for (; i + 64 <= length; i += 64)
            {
                (Vector512.LoadUnsafe(ref from, i) ^ mask).StoreUnsafe(ref to, i);
            }
        }

        if (Vector256.IsHardwareAccelerated && length - i >= 32)
        {
            Vector256<byte> mask = Vector256.Create(vectorKey).AsByte();
            for (; i + 32 <= length; i += 32)
            {
                (Vector256.LoadUnsafe(ref from, i) ^ mask).StoreUnsafe(ref to, i);
            }
        }

        if (Vector128.IsHardwareAccelerated && length - i >= 16)
        {
            Vector128<byte> mask = Vector128.Create(vectorKey).AsByte();
            for (; i + 16 <= length; i += 16)
            {
                (Vector128.LoadUnsafe(ref from, i) ^ mask).StoreUnsafe(ref to, i);
            }
        }

        // The rest, or all of it if there are no vectors: every step so far was a whole number of keys.
        for (; i + 4 <= length; i += 4)
        {
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i), Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref from, i)) ^ vectorKey);
        }

        for (; i < length; i++)
        {
            Unsafe.Add(ref to, i) = (byte)(Unsafe.Add(ref from, i) ^ (byte)key);
            key = BitOperations.RotateRight(key, 8);
        }

        return key;
    }
}
