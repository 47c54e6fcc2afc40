using System.Net;
using Sluice.Gateway.Routing;

namespace Sluice.Interop;

/// <summary>Resolves one route key to a backend, so that a captured handshake can be replayed byte for byte.</summary>
internal sealed class OneBackend(IPEndPoint endPoint) : IBackendResolver
{
    public string Name => "one";

    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) =>
        ValueTask.FromResult(request.Key == "127.0.0.1:7083" ? Resolution.To(new Backend(endPoint)) : Resolution.BadKey);
}
