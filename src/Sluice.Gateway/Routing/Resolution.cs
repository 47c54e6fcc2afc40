using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway.Routing;

/// <summary>What a resolver found: backends to try in order, or why there are none.</summary>
public readonly record struct Resolution
{
    private Resolution(IReadOnlyList<Backend> backends, EndReason rejection)
    {
        Backends = backends;
        Rejection = rejection;
    }

    /// <summary>Backends in the order in which to try them; empty where the client is refused.</summary>
    public IReadOnlyList<Backend> Backends { get; }

    /// <summary>Why the client is refused, where <see cref="Backends"/> is empty.</summary>
    public EndReason Rejection { get; }

    /// <summary>The node that the backends belong to, where a registry was asked; null otherwise.</summary>
    public string? NodeName { get; init; }

    /// <summary>These backends, in this order.</summary>
    public static Resolution To(params IReadOnlyList<Backend> backends)
    {
        ArgumentNullException.ThrowIfNull(backends);
        return backends.Count > 0 ? new(backends, default) : NotFound;
    }

    /// <summary>The client left while it was asked for.</summary>
    internal static Resolution ClientLost { get; } = new([], EndReason.ClientLost);

    /// <summary>The key cannot be read: not an address, a token that is expired or forged.</summary>
    public static Resolution BadKey { get; } = new([], EndReason.BadKey);

    /// <summary>There is no such node.</summary>
    public static Resolution NotFound { get; } = new([], EndReason.NotFound);

    /// <summary>The node takes no further sessions now.</summary>
    public static Resolution Busy { get; } = new([], EndReason.Busy);

    /// <summary>The node is going away.</summary>
    public static Resolution Draining { get; } = new([], EndReason.Draining);

    /// <summary>Nobody can say now whether there is such a node.</summary>
    public static Resolution Unreachable { get; } = new([], EndReason.Unreachable);
}
