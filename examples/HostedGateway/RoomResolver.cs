using Microsoft.Extensions.Configuration;
using Sluice.Gateway.Routing;

namespace HostedGateway;

/// <summary>
/// Routes "room:42" to the node that the host's configuration currently has for room 42. A changed appsettings.json applies to the next
/// client.
/// </summary>
internal sealed class RoomResolver(IConfiguration configuration) : IBackendResolver
{
    public string Name => "room";

    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
    {
        if (!request.Key.StartsWith("room:", StringComparison.Ordinal))
        {
            return new(Resolution.BadKey);
        }

        return new(Backend.TryParse(configuration[$"Rooms:{request.Key[5..]}"], out Backend? node)
            ? Resolution.To(node)
            : Resolution.NotFound);
    }
}
