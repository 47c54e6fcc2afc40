using System.Buffers.Text;
using System.Text;

namespace Sluice.Browser;

/// <summary>The part of a request that carries the route key.</summary>
public enum WayToGiveTheKey
{
    /// <summary>The header server-identify, which a browser cannot set.</summary>
    Header,

    /// <summary>The query parameter server-identify.</summary>
    Query,

    /// <summary>A subprotocol server-identify.BASE64URL.</summary>
    Subprotocol,

    /// <summary>The cookie server-identify.</summary>
    Cookie,

    /// <summary>The first message, as text.</summary>
    FirstText,

    /// <summary>The first message, as binary.</summary>
    FirstBinary,
}

/// <summary>Builds the peer's commands for each way.</summary>
internal static class WaysToGiveTheKey
{
    public static string Protocol(string key) => $"server-identify.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key))}";

    /// <summary>Connects and sends the route key.</summary>
    public static async Task<string> GiveAsync(this NodePeer peer, WayToGiveTheKey way, string url, string key)
    {
        (string protocol, _) = await peer.ConnectAsync(new
        {
            @do = "connect",
            url = way == WayToGiveTheKey.Query ? $"{url}?server-identify={key}" : url,
            headers = way == WayToGiveTheKey.Header ? new Dictionary<string, string> { ["server-identify"] = key } : null,
            protocols = way == WayToGiveTheKey.Subprotocol ? new[] { Protocol(key) } : null,
            cookie = way == WayToGiveTheKey.Cookie ? $"server-identify={Uri.EscapeDataString(key)}" : null,
        });
        if (way == WayToGiveTheKey.FirstText)
        {
            await peer.DoAsync(new { @do = "send", text = key });
        }
        else if (way == WayToGiveTheKey.FirstBinary)
        {
            await peer.DoAsync(new { @do = "send", hex = Convert.ToHexString(Encoding.UTF8.GetBytes(key)) });
        }

        return protocol;
    }
}
