namespace Sluice.Gateway.Routing;

/// <summary>
/// The original's strategy: the key is the backend's address, <c>host:port</c>, or <c>kcp://host:port</c> and <c>tcp://host:port</c> for a
/// backend that speaks just that. The policy decides which of them may be dialled.
/// </summary>
public sealed class HostPortResolver : IBackendResolver
{
    /// <summary>Name of the strategy.</summary>
    public const string StrategyName = "ipHost";

    /// <summary>The original's second name for the same strategy.</summary>
    public const string SecondName = "origin";

    /// <inheritdoc/>
    public string Name => StrategyName;

    /// <inheritdoc/>
    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) =>
        new(Backend.TryParse(request.Key, out Backend? backend) ? Resolution.To(backend) : Resolution.BadKey);
}
