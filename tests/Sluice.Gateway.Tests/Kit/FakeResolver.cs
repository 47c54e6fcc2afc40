using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Tests.Kit;

/// <summary>A strategy made of one function.</summary>
internal sealed class FakeResolver(Func<RouteRequest, CancellationToken, ValueTask<Resolution>> resolve) : IBackendResolver
{
    public FakeResolver(Func<RouteRequest, Resolution> resolve)
        : this((request, _) => new(resolve(request)))
    {
    }

    public string Name => "fake";

    public bool KeysAreSecret { get; init; }

    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => resolve(request, cancellation);
}
