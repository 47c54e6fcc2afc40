using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Sluice.Transport.Loop;

namespace Sluice.Transport.WebSocket;

/// <summary>Makes messages of written bytes, in the framing of <see cref="WebSocketOptions.Written"/>.</summary>
/// <param name="loop">The loop of the connection.</param>
/// <param name="frames">Sends the messages.</param>
/// <param name="compresses">Whether permessage-deflate was agreed on.</param>
internal sealed class MessageWriter(EventLoop loop, FrameWriter frames, bool compresses)
{
    /// <summary>Bytes of the length before a message.</summary>
    public const int PrefixBytes = 4;

    /// <summary>A message, or a character of one, that is split over writes.</summary>
    private GrowingBuffer _split;

    /// <summary>How bytes become messages.</summary>
    public required WebSocketOptions Options { get; set; }

    /// <summary>Whether written bytes could not be a message. Nothing more is taken then, and the connection is to be closed.</summary>
    public bool IsRejected { get; private set; }

    /// <summary>Whether the written bytes end inside a message, or could not be one.</summary>
    public bool IsInsideMessage => !_split.IsEmpty || IsRejected;

    /// <summary>Bytes of the lengths that were written.</summary>
    public long FramingBytes { get; private set; }

    /// <summary>Takes bytes. Returns how many: all or none.</summary>
    public int Write(ReadOnlySpan<byte> data)
    {
        if (frames.IsCorked)
        {
            frames.Flush();
        }

        if (data.IsEmpty || !frames.IsEmpty || IsRejected)
        {
            return 0;
        }

        if (Options.Written == WebSocketFraming.LengthPrefixed)
        {
            WriteFramed(data);
        }
        else if (Options.WritesText)
        {
            WriteText(data);
        }
        else if (data.Length <= Options.MaxMessageBytes)
        {
            Send(data);
        }
        else
        {
            WriteSplit(data);
        }

        return data.Length;
    }

    /// <summary>Sends a message, compressed if that was agreed on and helps.</summary>
    public void Send(ReadOnlySpan<byte> message)
    {
        Opcode opcode = Options.WritesText ? Opcode.Text : Opcode.Binary;
        if (compresses && PerMessageDeflate.TryDeflate(message, out ReadOnlySpan<byte> deflated))
        {
            frames.Send(opcode, deflated, compressed: true);
        }
        else
        {
            frames.Send(opcode, message);
        }
    }

    /// <summary>Rejects what was written. Returns false if that happened before.</summary>
    public bool Reject()
    {
        bool first = !IsRejected;
        IsRejected = true;
        return first;
    }

    /// <summary>Drops the message that is incomplete.</summary>
    public void Release() => _split.Release(loop);

    /// <summary>Sends bytes that are too many for one message.</summary>
    private void WriteSplit(ReadOnlySpan<byte> data)
    {
        bool corks = frames.Cork();
        for (int count; !data.IsEmpty; data = data[count..])
        {
            count = LongestPart(data);
            if (count == 0)
            {
                Reject();
                break;
            }

            Send(data[..count]);
        }

        if (corks)
        {
            frames.Uncork();
        }
    }

    /// <summary>Takes lengths and payloads as they come, and sends a message for each.</summary>
    private void WriteFramed(ReadOnlySpan<byte> data)
    {
        bool corks = frames.Cork();
        while (!data.IsEmpty)
        {
            if (!_split.IsEmpty || data.Length < PrefixBytes || data.Length < WholeFrame(data))
            {
                data = PutTogether(data);
            }
            else if (WholeFrame(data) - PrefixBytes > Options.MaxMessageBytes || !MayBeMessage(data[PrefixBytes..(int)WholeFrame(data)]))
            {
                Reject();
                break;
            }
            else
            {
                int whole = (int)WholeFrame(data);
                Send(data[PrefixBytes..whole]);
                FramingBytes += PrefixBytes;
                data = data[whole..];
            }
        }

        if (corks)
        {
            frames.Uncork();
        }
    }

    /// <summary>
    /// Adds to a frame that is split over writes, up to its end, and sends it once it is whole. Returns the bytes after it.
    /// </summary>
    private ReadOnlySpan<byte> PutTogether(ReadOnlySpan<byte> data)
    {
        if (_split.Count < PrefixBytes)
        {
            int more = Math.Min(PrefixBytes - _split.Count, data.Length);
            _split.Append(loop, data[..more]);
            data = data[more..];
            if (_split.Count < PrefixBytes)
            {
                return data;
            }
        }

        long whole = WholeFrame(_split.Content);
        if (whole - PrefixBytes > Options.MaxMessageBytes)
        {
            Reject();
            return default;
        }

        int count = (int)Math.Min(whole - _split.Count, data.Length);
        data[..count].CopyTo(_split.Extend(loop, count, (int)whole));
        if (_split.Count == whole)
        {
            if (!MayBeMessage(_split.Content[PrefixBytes..]))
            {
                Reject();
                return default;
            }

            Send(_split.Content[PrefixBytes..]);
            FramingBytes += PrefixBytes;
            _split.Release(loop);
        }

        return data[count..];
    }

    /// <summary>Sends raw bytes as text. A character that is cut off waits for its rest, since a message must be UTF-8 by itself.</summary>
    private void WriteText(ReadOnlySpan<byte> data)
    {
        while (!_split.IsEmpty && !data.IsEmpty)
        {
            _split.Append(loop, data[..1]);
            data = data[1..];
            switch (Rune.DecodeFromUtf8(_split.Content, out _, out _))
            {
                case OperationStatus.Done:
                    WriteSplit(_split.Content);
                    _split.Release(loop);
                    break;
                case OperationStatus.InvalidData:
                    Reject();
                    return;
                default:
                    break;
            }
        }

        ReadOnlySpan<byte> cut = Utf8Check.CutCharacter(data);
        data = data[..^cut.Length];
        if (!Utf8.IsValid(data))
        {
            Reject();
            return;
        }

        if (!cut.IsEmpty)
        {
            _split.Append(loop, cut);
        }

        if (data.Length > Options.MaxMessageBytes)
        {
            WriteSplit(data);
        }
        else if (!data.IsEmpty)
        {
            Send(data);
        }
    }

    /// <summary>Returns how many bytes at the front fit into one message; 0 if not even one character does.</summary>
    private int LongestPart(ReadOnlySpan<byte> data)
    {
        int count = Math.Min(data.Length, Options.MaxMessageBytes);
        while (Options.WritesText && count > 0 && count < data.Length && (data[count] & 0xc0) == 0x80)
        {
            count--;
        }

        return count;
    }

    private bool MayBeMessage(ReadOnlySpan<byte> message) => !Options.WritesText || Utf8.IsValid(message);

    private static long WholeFrame(ReadOnlySpan<byte> data) => PrefixBytes + (long)BinaryPrimitives.ReadUInt32LittleEndian(data);
}
