// A routing strategy that `sluice run` loads: it routes "room:42" to one of the nodes in ROOM_NODES, and a room always to the same node.
//   dotnet build -c Release examples/PluginResolver
//   ROOM_NODES=127.0.0.1:7083,127.0.0.1:7084 ./sluice run --set common.header_identify=rooms \
//     --set plugins.paths=examples/PluginResolver/bin/Release/net10.0/PluginResolver.dll
//   dotnet run --project examples/TcpClient -- 127.0.0.1:7082 room:42
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing;

namespace PluginResolver;

public sealed partial class RoomResolver(ILogger logger) : IBackendResolver
{
    private Backend[] _nodes = [];

    public string Name => "rooms";

    // Called once if header_identify selects this strategy. An exception prevents the gateway from starting.
    public Task StartAsync(CancellationToken cancellation)
    {
        string nodes = Environment.GetEnvironmentVariable("ROOM_NODES")
            ?? throw new InvalidOperationException("set ROOM_NODES to host:port,host:port");
        _nodes = [.. nodes.Split(',').Select(Read)];
        LogNodes(logger, _nodes.Length);
        return Task.CompletedTask;
    }

    // Called for every client on its event loop, so it must never block. Await slow work. The policy still decides which backends may be
    // dialled.
    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
    {
        if (!request.Key.StartsWith("room:", StringComparison.Ordinal))
        {
            return new(Resolution.BadKey);
        }

        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(request.Key));
        return new(Resolution.To(_nodes[BitConverter.ToUInt32(hash) % (uint)_nodes.Length]));
    }

    private static Backend Read(string node) => Backend.TryParse(node, out Backend? backend) ? backend : throw new FormatException(node);

    [LoggerMessage(1, LogLevel.Information, "Rooms are spread over {Count} nodes")]
    private static partial void LogNodes(ILogger logger, int count);
}
