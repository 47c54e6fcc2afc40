using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Sessions;

/// <summary>A strategy threw for a client. The log names the strategy; the inner exception is the one that it threw.</summary>
internal sealed class ResolverFault(IBackendResolver resolver, Exception inner) : Exception("A routing strategy threw.", inner)
{
    public IBackendResolver Resolver { get; } = resolver;
}
