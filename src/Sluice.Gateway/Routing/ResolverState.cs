using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;

namespace Sluice.Gateway.Routing;

/// <summary>
/// What a strategy says of itself, for metrics and readiness. A strategy that throws then is reported once, and harms neither.
/// </summary>
internal sealed class ResolverState(IBackendResolver resolver, ILogger logger)
{
    private int _reported;

    /// <summary>The strategy's name.</summary>
    public string Name => resolver.Name;

    /// <summary>What keeps it from knowing its nodes; null = nothing.</summary>
    public string? Problem =>
        Ask(static resolver => resolver.Problem, $"the strategy {LogText.Escape(Name)} cannot say how it is; the log says why");

    /// <summary>Nodes that it knows; null if it keeps no list, or cannot say.</summary>
    public int? KnownNodes => Ask(static resolver => resolver.KnownNodes, null);

    /// <summary>Whether it can route clients; false if it cannot say.</summary>
    public bool CanRoute => Ask(static resolver => resolver.CanRoute, false);

    private T Ask<T>(Func<IBackendResolver, T> question, T otherwise)
    {
        try
        {
            return question(resolver);
        }
#pragma warning disable CA1031 // Strategies of others throw what they like.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (Interlocked.Exchange(ref _reported, 1) == 0)
            {
                RoutingLog.ResolverStateFaulted(logger, LogText.Escape(Name), fault);
            }

            return otherwise;
        }
    }
}
