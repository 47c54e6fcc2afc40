using System.Net;
using Sluice.Conformance;
using Sluice.Gateway;

namespace Sluice.WebSocket.Tests.Kit;

/// <summary>A gateway with nothing but its WebSocket listener.</summary>
internal static class WsWorld
{
    public static Task<GatewayWorld> StartAsync(
        Func<WebSocketGateOptions, WebSocketGateOptions>? gate = null,
        Func<GatewayOptions, GatewayOptions>? change = null,
        bool virtualTime = false,
        Engine? engine = null) =>
        GatewayWorld.StartAsync(
            engine ?? new Engine(default, ZeroCopy: false),
            options =>
            {
                var standard = new WebSocketGateOptions { Bind = IPAddress.Loopback, Port = 0 };
                options = options with { Tcp = null, WebSocket = gate is null ? standard : gate(standard) };
                return change is null ? options : change(options);
            },
            virtualTime);
}
