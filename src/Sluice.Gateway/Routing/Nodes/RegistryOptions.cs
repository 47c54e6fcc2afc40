namespace Sluice.Gateway.Routing.Nodes;

/// <summary>How a registry is kept in touch with.</summary>
public sealed record RegistryOptions
{
    /// <summary>Whether a registry that cannot be reached keeps the gateway from starting.</summary>
    public bool Required { get; init; }

    /// <summary>How long the first load may take where it is <see cref="Required"/>.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause before the first reconnect; doubled each time, up to <see cref="LongestPause"/>, and spread by a random half.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between two attempts to reconnect.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
