using System.Collections.Concurrent;
using System.Net;
using Sluice.Gateway.Routing;

namespace CustomResolver;

/// <summary>Routes "room:42" to the node that holds room 42. Rooms come and go while the gateway runs.</summary>
internal sealed class RoomResolver : IBackendResolver
{
    private readonly ConcurrentDictionary<string, IPEndPoint> _nodes = new(StringComparer.Ordinal);

    public string Name => "room";

    public void Open(string room, IPEndPoint node) => _nodes[room] = node;

    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
    {
        if (!request.Key.StartsWith("room:", StringComparison.Ordinal))
        {
            return new(Resolution.BadKey);
        }

        return new(_nodes.TryGetValue(request.Key[5..], out IPEndPoint? node)
            ? Resolution.To(new Backend(node))
            : Resolution.NotFound);
    }
}
