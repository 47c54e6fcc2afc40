using System.Buffers.Binary;

namespace Sluice.Kcp.Crypto;

/// <summary>CRC-32 of IEEE 802.3, computed eight bytes at a time with eight tables.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private static readonly uint[] Tables = BuildTables();

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint[] tables = Tables;
        uint crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = tables[(7 * 256) + (int)(word & 255)]
                ^ tables[(6 * 256) + (int)((word >> 8) & 255)]
                ^ tables[(5 * 256) + (int)((word >> 16) & 255)]
                ^ tables[(4 * 256) + (int)((word >> 24) & 255)]
                ^ tables[(3 * 256) + (int)((word >> 32) & 255)]
                ^ tables[(2 * 256) + (int)((word >> 40) & 255)]
                ^ tables[256 + (int)((word >> 48) & 255)]
                ^ tables[(int)(word >> 56)];
            bytes = bytes.Slice(8);
        }

        foreach (byte value in bytes)
        {
            crc = tables[(int)((crc ^ value) & 255)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] BuildTables()
    {
        var tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) * Polynomial);
            }

            tables[i] = value;
        }

        for (int i = 256; i < tables.Length; i++)
        {
            uint before = tables[i - 256];
            tables[i] = tables[(int)(before & 255)] ^ (before >> 8);
        }

        return tables;
    }
}
