using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;

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

    /// <summary>
    /// Waits until a socket that is sent to without end takes nothing, however often the gateway has had a turn: its other end is not read.
    /// </summary>
    public static async Task UntilStuckAsync(this GatewayWorld world, Socket sender)
    {
        long start = Stopwatch.GetTimestamp();
        for (int turns = 0; turns < 50; turns++)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < SocketExtensions.Patience, "it takes all that it is sent");
            await world.PassTurnsAsync();
            if (sender.Poll(0, SelectMode.SelectWrite))
            {
                turns = 0;
            }
        }
    }
}
