using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Transport.WebSocket;

/// <content>Text messages, each of which must be UTF-8 by itself (RFC 6455 5.6).</content>
public sealed partial class WebSocketConnection
{
    /// <summary>Sends raw bytes as text. A character that is cut off waits for its rest, since a message must not end inside of one.</summary>
    private void WriteText(ReadOnlySpan<byte> data)
    {
        while (!_split.IsEmpty && !data.IsEmpty)
        {
            _split.Append(Loop, data[..1]);
            data = data[1..];
            switch (Rune.DecodeFromUtf8(_split.Content, out _, out _))
            {
                case OperationStatus.Done:
                    WriteSplit(_split.Content);
                    _split.Release(Loop);
                    break;
                case OperationStatus.InvalidData:
                    RefuseWritten();
                    return;
                default:
                    break;
            }
        }

        ReadOnlySpan<byte> cut = Utf8Check.CutCharacter(data);
        data = data[..^cut.Length];
        if (!Utf8.IsValid(data))
        {
            RefuseWritten();
            return;
        }

        if (!cut.IsEmpty)
        {
            _split.Append(Loop, cut);
        }

        if (data.Length > _options.MaxMessageBytes)
        {
            WriteSplit(data);
        }
        else if (!data.IsEmpty)
        {
            SendMessage(data);
        }
    }

    /// <summary>Bytes at the front that fit into one message; 0 if not even one character does.</summary>
    private int LongestPart(ReadOnlySpan<byte> data)
    {
        int count = Math.Min(data.Length, _options.MaxMessageBytes);
        while (_options.WritesText && count > 0 && count < data.Length && (data[count] & 0xc0) == 0x80)
        {
            count--;
        }

        return count;
    }

    private bool MayBeMessage(ReadOnlySpan<byte> message) => !_options.WritesText || Utf8.IsValid(message);
}
