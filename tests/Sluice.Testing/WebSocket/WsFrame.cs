using System.Text;

namespace Sluice.Testing.WebSocket;

/// <summary>A frame as read from the wire.</summary>
internal sealed record WsFrame(byte First, byte[] Payload)
{
    public int Opcode => First & 0x0f;

    public int CloseCode => Payload.Length < 2 ? 0 : (Payload[0] << 8) | Payload[1];

    public string CloseReason => Payload.Length < 2 ? "" : Encoding.UTF8.GetString(Payload.AsSpan(2));
}
