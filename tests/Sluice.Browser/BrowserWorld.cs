using System.Net;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Testing.Gateways;

namespace Sluice.Browser;

/// <summary>Starts a gateway with only a WebSocket listener, and names it as a client does.</summary>
internal static class BrowserWorld
{
    public static Task<GatewayWorld> StartAsync(
        Func<WebSocketGateOptions, WebSocketGateOptions>? gate = null,
        Func<GatewayOptions, GatewayOptions>? change = null,
        bool virtualTime = false) =>
        GatewayWorld.StartAsync(
            new Engine(default, ZeroCopy: false),
            options =>
            {
                var standard = new WebSocketGateOptions { Bind = IPAddress.Loopback, Port = 0 };
                options = options with { Tcp = null, WebSocket = gate is null ? standard : gate(standard) };
                return change is null ? options : change(options);
            },
            virtualTime);

    /// <summary>Returns the URL that clients connect to, with the route key in the query if one is given.</summary>
    public static string Url(this GatewayWorld world, string? key = null) =>
        $"ws://{world.EndPoint}/{(key is null ? "" : $"?server-identify={Uri.EscapeDataString(key)}")}";

    /// <summary>Returns the bytes of peer.js's pattern.</summary>
    public static byte[] Pattern(int count, uint seed)
    {
        byte[] bytes = new byte[count];
        uint x = seed;
        for (int i = 0; i < count; i++)
        {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            bytes[i] = unchecked((byte)x);
        }

        return bytes;
    }
}
