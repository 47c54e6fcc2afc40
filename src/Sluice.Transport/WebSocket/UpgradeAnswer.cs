using System.Security.Cryptography;
using System.Text;

namespace Sluice.Transport.WebSocket;

/// <summary>What a request is answered with.</summary>
public static class UpgradeAnswer
{
    /// <summary>RFC 6455 section 1.3.</summary>
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>The answer to a good request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="protocol">The subprotocol that was chosen; null = none.</param>
    /// <param name="extension">The extension that was agreed on, with its parameters; null = none.</param>
    public static byte[] Accept(UpgradeRequest request, string? protocol = null, string? extension = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        var text = new StringBuilder(256)
            .Append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
            .Append(AcceptOf(request.Nonce))
            .Append("\r\n");
        if (protocol is not null)
        {
            text.Append("Sec-WebSocket-Protocol: ").Append(protocol).Append("\r\n");
        }

        if (extension is not null)
        {
            text.Append("Sec-WebSocket-Extensions: ").Append(extension).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    /// <summary>The answer to any other request. The connection is closed after it.</summary>
    /// <param name="status">What is wrong with it.</param>
    /// <param name="withBody">False for an answer to HEAD, which ends after its headers.</param>
    public static byte[] Refuse(UpgradeStatus status, bool withBody = true)
    {
        (string phrase, string header, string body) = status switch
        {
            UpgradeStatus.MethodNotAllowed => ("Method Not Allowed", "Allow: GET\r\n", "Only GET is served here."),
            UpgradeStatus.RequestTimeout => ("Request Timeout", "", "The request did not come in time."),
            UpgradeStatus.UriTooLong => ("URI Too Long", "", "The request line is too long."),
            UpgradeStatus.UpgradeRequired => (
                "Upgrade Required",
                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
                "This port is the WebSocket gate of a Sluice gateway: connect with a WebSocket client (version 13)."),
            UpgradeStatus.HeadersTooLarge => ("Request Header Fields Too Large", "", "The headers are too large."),
            UpgradeStatus.ServiceUnavailable => ("Service Unavailable", "Retry-After: 1\r\n", "No further client is taken now."),
            _ => ("Bad Request", "", "This is not a WebSocket request."),
        };
        string connection = status == UpgradeStatus.UpgradeRequired ? "Upgrade, close" : "close";
        return Encoding.Latin1.GetBytes(
            $"HTTP/1.1 {(int)status} {phrase}\r\n{header}Connection: {connection}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + $"Content-Length: {body.Length + 1}\r\n\r\n{(withBody ? body + "\n" : "")}");
    }

#pragma warning disable CA5350 // SHA-1 is what the protocol asks for; it protects nothing here.
    private static string AcceptOf(string nonce) => Convert.ToBase64String(SHA1.HashData(Encoding.Latin1.GetBytes(nonce + Guid)));
#pragma warning restore CA5350
}
