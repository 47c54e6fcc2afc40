namespace Sluice.Gateway.Routing.Nodes;

/// <summary>How a registry is kept in touch with.</summary>
public sealed record RegistryOptions
{
    /// <summary>Whether a registry that cannot be reached keeps the gateway from starting.</summary>
    public bool Required { get; init; }

    /// <summary>How long the first load may take where it is <see cref="Required"/>.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the start waits for the first load where it is not <see cref="Required"/>, so that the first clients find their nodes; a
    /// failure ends the wait.
    /// </summary>
    public TimeSpan FirstAnswerTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The pause before the first reconnect; doubled each time, up to <see cref="LongestPause"/>, and spread by a random half.
    /// </summary>
    /// <remarks>
    /// It is the first again once the registry has stayed for <see cref="LongestPause"/>: one that breaks off right behind each load is
    /// spared too.
    /// </remarks>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause between two attempts to reconnect.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
