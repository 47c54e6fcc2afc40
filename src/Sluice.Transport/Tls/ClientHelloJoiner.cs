using System.Buffers.Binary;

namespace Sluice.Transport.Tls;

/// <summary>Joins the records of a ClientHello into one record.</summary>
/// <remarks>
/// A handshake message may be split over several records (RFC 8446 5.1), and clients do so: large post-quantum key shares, and tools that
/// hide the
/// server name from filters on the way. The framework looks for the server name in the first record only, and fails if it is not complete
/// there. How a
/// message is split into records is not part of the handshake's transcript, so both ends still agree on it.
/// <para>
/// At most one record (16 KiB) is joined, plus what arrived with its last byte. Anything that cannot be part of a ClientHello ends the
/// joining, and is
/// left to the framework to reject.
/// </para>
/// </remarks>
internal sealed class ClientHelloJoiner
{
    private const int HeaderBytes = 5;
    private const int MessageHeaderBytes = 4;
    private const int SmallestBuffer = 512;

    /// <summary>Largest payload of a record (RFC 8446 5.1).</summary>
    private const int MaxPayload = 16 * 1024;

    private const byte Handshake = 22;
    private const byte MajorVersion = 3;
    private const byte ClientHello = 1;

    /// <summary>The joined record, then what was received after it.</summary>
    private byte[] _bytes = [];
    private int _joined;
    private int _end;

    /// <summary>How many bytes of <see cref="Buffer"/> are to be given to the TLS stack once <see cref="Add"/> has returned true.</summary>
    public int Count => _end;

    public byte[] Buffer => _bytes;

    /// <summary>
    /// Whether the first bytes of a connection need no joining: a ClientHello that is complete in its first record, or no TLS at all.
    /// </summary>
    /// <param name="data">At least one byte.</param>
    public static bool IsComplete(ReadOnlySpan<byte> data)
    {
        if (data[0] != Handshake || data.Length < HeaderBytes + MessageHeaderBytes)
        {
            return data[0] != Handshake;
        }

        int payload = PayloadBytes(data);
        return payload >= MessageBytes(data[HeaderBytes..]) && data.Length >= HeaderBytes + payload;
    }

    /// <summary>Adds the next bytes.</summary>
    /// <returns>True if the ClientHello is complete, or cannot become one any more; false if more bytes are needed.</returns>
    public bool Add(ReadOnlySpan<byte> data)
    {
        if (_bytes.Length - _end < data.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_end + data.Length, Math.Max(SmallestBuffer, 2 * _bytes.Length)));
        }

        data.CopyTo(_bytes.AsSpan(_end));
        _end += data.Length;
        int next = _joined;
        Progress progress;
        while ((progress = Join(ref next)) == Progress.Joined)
        {
        }

        // Move the bytes that are not joined up to the end of the joined ones.
        _bytes.AsSpan(next, _end - next).CopyTo(_bytes.AsSpan(_joined));
        _end -= next - _joined;
        if (progress == Progress.Ended && _joined > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(HeaderBytes - 2), (ushort)(_joined - HeaderBytes));
        }

        return progress == Progress.Ended;
    }

    private enum Progress
    {
        /// <summary>Another record was joined; there may be more.</summary>
        Joined,

        /// <summary>The next record is not complete.</summary>
        Starved,

        /// <summary>The message is complete, or what comes next does not belong to it.</summary>
        Ended,
    }

    private Progress Join(ref int next)
    {
        int payload = Math.Max(0, _joined - HeaderBytes);
        if (payload >= MessageHeaderBytes && MessageBytes(_bytes.AsSpan(HeaderBytes)) is var message
            && (payload >= message || message > MaxPayload))
        {
            return Progress.Ended;
        }

        ReadOnlySpan<byte> record = _bytes.AsSpan(next, _end - next);
        if ((record.Length > 0 && record[0] != Handshake)
            || (record.Length > 1 && record[1] != MajorVersion)
            || (record.Length >= HeaderBytes && (PayloadBytes(record) == 0 || payload + PayloadBytes(record) > MaxPayload))
            || (record.Length > HeaderBytes && payload == 0 && record[HeaderBytes] != ClientHello))
        {
            return Progress.Ended;
        }

        if (record.Length < HeaderBytes || record.Length < HeaderBytes + PayloadBytes(record))
        {
            return Progress.Starved;
        }

        // The first record keeps its header; of the others only the payload is wanted.
        ReadOnlySpan<byte> wanted = record[(_joined == 0 ? 0 : HeaderBytes)..(HeaderBytes + PayloadBytes(record))];
        next += HeaderBytes + PayloadBytes(record);
        wanted.CopyTo(_bytes.AsSpan(_joined));
        _joined += wanted.Length;
        return Progress.Joined;
    }

    private static int PayloadBytes(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16BigEndian(record[(HeaderBytes - 2)..]);

    /// <summary>Length of a handshake message, its own header included.</summary>
    private static int MessageBytes(ReadOnlySpan<byte> message) =>
        MessageHeaderBytes + (int)(BinaryPrimitives.ReadUInt32BigEndian(message) & 0xff_ffff);
}
