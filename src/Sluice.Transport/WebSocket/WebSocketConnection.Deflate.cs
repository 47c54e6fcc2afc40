namespace Sluice.Transport.WebSocket;

/// <content>Compressed messages.</content>
public sealed partial class WebSocketConnection
{
    /// <summary>Puts the inflated message in the place of the compressed one.</summary>
    private CloseCode InflateMessage()
    {
        GrowingBuffer inflated = default;
        if (_options.Received == WebSocketFraming.LengthPrefixed)
        {
            inflated.Extend(Loop, PrefixBytes);
        }

        CloseCode breach = PerMessageDeflate.Inflate(Loop, _message.Memory, _options.MaxMessageBytes, ref inflated);
        _message.Release(Loop);
        _message = inflated;
        if (breach == CloseCode.MessageTooBig)
        {
            return _options.TooBig;
        }

        ReadOnlySpan<byte> payload = inflated.Content[(_options.Received == WebSocketFraming.LengthPrefixed ? PrefixBytes : 0)..];
        return breach == CloseCode.None && _messageOpcode == Opcode.Text && !_utf8.Add(payload) ? CloseCode.InvalidPayload : breach;
    }

    /// <summary>Sends a message, compressed if that was agreed on and helps.</summary>
    private void SendMessage(ReadOnlySpan<byte> message)
    {
        Opcode opcode = _options.WritesText ? Opcode.Text : Opcode.Binary;
        if (Has(WebSocketState.Compresses) && PerMessageDeflate.TryDeflate(message, out ReadOnlySpan<byte> deflated))
        {
            SendFrame(opcode, deflated, compressed: true);
        }
        else
        {
            SendFrame(opcode, message);
        }
    }
}
