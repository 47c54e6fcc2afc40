using System.Net;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.WebSocket;

namespace Sluice.Conformance.Matrix;

/// <summary>Starts a gateway with all three listeners, and clients for them.</summary>
internal static class MatrixWorld
{
    /// <param name="reciprocity">The setting that decides the backend's protocol for KCP clients whose key does not name one.</param>
    /// <param name="change">Changes the options further.</param>
    /// <param name="virtualTime">Whether time stands still until the test moves it.</param>
    public static Task<GatewayWorld> StartAsync(
        bool reciprocity = true, Func<GatewayOptions, GatewayOptions>? change = null, bool virtualTime = false) =>
        GatewayWorld.StartAsync(
            new Engine(default, ZeroCopy: true),
            options =>
            {
                options = options with
                {
                    Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0, Reciprocity = reciprocity },
                    WebSocket = new WebSocketGateOptions { Bind = IPAddress.Loopback, Port = 0 },
                };
                return change is null ? options : change(options);
            },
            virtualTime);

    /// <summary>Returns a client that named its backend and was accepted.</summary>
    public static async Task<Pipe> EnterAsync(this GatewayWorld world, Protocol protocol, string key)
    {
        IPEndPoint gate = world.Gateway.Listeners.Single(listener => listener.Protocol == protocol).EndPoint;
        switch (protocol)
        {
            case Protocol.Tcp:
                return new SocketPipe(await world.EnterAsync(key));
            case Protocol.WebSocket:
                return new WebSocketPipe(await WsClient.EnterAsync(gate, key));
            default:
                KcpPipe client = await KcpPipe.DialAsync(gate);
                await client.SendAsync(GatewayWorld.Frame(key));
                Assert.Equal(GatewayWorld.Ok, await client.ReceiveAsync(GatewayWorld.Ok.Length));
                return client;
        }
    }
}
