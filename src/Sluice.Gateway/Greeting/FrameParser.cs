using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Gateway.Greeting;

/// <summary>
/// Assembles the first frame of a client: <c>uint32 length (little-endian) | key (UTF-8)</c>, however its bytes are split.
/// </summary>
/// <remarks>
/// A length is checked from its four bytes alone. Memory is allocated for bytes that arrived, not for bytes that were announced.
/// </remarks>
internal struct FrameParser
{
    private const int HeaderBytes = 4;
    private const int SmallestKeyBuffer = 16;

    private byte[]? _key;
    private uint _length;
    private int _headerRead;
    private int _keyRead;

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">What arrived.</param>
    /// <param name="maxKeyBytes">Longest key that is taken.</param>
    /// <param name="consumed">How many bytes belong to the frame; the rest comes after it.</param>
    /// <param name="key">The key, once the frame is complete.</param>
    public FrameStatus Feed(ReadOnlySpan<byte> data, int maxKeyBytes, out int consumed, out string key)
    {
        key = "";
        consumed = 0;
        while (_headerRead < HeaderBytes)
        {
            if (consumed == data.Length)
            {
                return FrameStatus.Incomplete;
            }

            _length |= (uint)data[consumed++] << (8 * _headerRead++);
        }

        if (_length == 0 || _length > (uint)maxKeyBytes)
        {
            return FrameStatus.Invalid;
        }

        int length = (int)_length;
        ReadOnlySpan<byte> rest = data[consumed..];
        if (_key is null && rest.Length >= length)
        {
            consumed += length;
            return Decode(rest[..length], out key);
        }

        int taken = Math.Min(rest.Length, length - _keyRead);
        if (_key is null || _key.Length < _keyRead + taken)
        {
            Array.Resize(ref _key, Math.Min(length, Math.Max(SmallestKeyBuffer, 2 * (_keyRead + taken))));
        }

        rest[..taken].CopyTo(_key.AsSpan(_keyRead));
        _keyRead += taken;
        consumed += taken;
        return _keyRead < length ? FrameStatus.Incomplete : Decode(_key.AsSpan(0, length), out key);
    }

    /// <summary>Builds a frame of the gateway's own.</summary>
    public static byte[] Build(ReadOnlySpan<byte> message)
    {
        byte[] frame = new byte[HeaderBytes + message.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)message.Length);
        message.CopyTo(frame.AsSpan(HeaderBytes));
        return frame;
    }

    private static FrameStatus Decode(ReadOnlySpan<byte> bytes, out string key)
    {
        // Checked first, because an exception per malformed key would be expensive.
        if (!Utf8.IsValid(bytes))
        {
            key = "";
            return FrameStatus.Invalid;
        }

        key = Encoding.UTF8.GetString(bytes);
        return FrameStatus.Complete;
    }
}

/// <summary>How far a <see cref="FrameParser"/> has come.</summary>
internal enum FrameStatus
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The key is known.</summary>
    Complete,

    /// <summary>Length 0 or above the limit, or not UTF-8.</summary>
    Invalid,
}
