using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Transport.WebSocket;

/// <summary>Checks that bytes are UTF-8 as they come, and finds a fault in the first piece that has it.</summary>
internal struct Utf8Check
{
    /// <summary>The bytes of a character that is cut off, the first one lowest.</summary>
    private uint _cut;
    private byte _cutCount;

    /// <summary>Whether no character is cut off.</summary>
    public readonly bool IsComplete => _cutCount == 0;

    /// <summary>Takes the next bytes. Returns false if they cannot be UTF-8, whatever follows.</summary>
    public bool Add(ReadOnlySpan<byte> data)
    {
        Span<byte> character = stackalloc byte[4];
        while (_cutCount > 0 && !data.IsEmpty)
        {
            _cut |= (uint)data[0] << (8 * _cutCount++);
            data = data[1..];
            BinaryPrimitives.WriteUInt32LittleEndian(character, _cut);
            OperationStatus status = Rune.DecodeFromUtf8(character[.._cutCount], out _, out _);
            if (status == OperationStatus.InvalidData)
            {
                return false;
            }

            if (status == OperationStatus.Done)
            {
                (_cut, _cutCount) = (0, 0);
            }
        }

        ReadOnlySpan<byte> tail = CutCharacter(data);
        if (tail.IsEmpty)
        {
            return Utf8.IsValid(data);
        }

        foreach (byte b in tail)
        {
            _cut |= (uint)b << (8 * _cutCount++);
        }

        return Utf8.IsValid(data[..^tail.Length]);
    }

    /// <summary>Returns the last bytes if they begin a character that may still become valid.</summary>
    public static ReadOnlySpan<byte> CutCharacter(ReadOnlySpan<byte> data)
    {
        for (int count = 1; count <= 3 && count <= data.Length; count++)
        {
            byte first = data[^count];
            if (first >= 0xc0)
            {
                ReadOnlySpan<byte> tail = data[^count..];
                return Rune.DecodeFromUtf8(tail, out _, out _) == OperationStatus.NeedMoreData ? tail : default;
            }

            if (first < 0x80)
            {
                break;
            }
        }

        return default;
    }
}
