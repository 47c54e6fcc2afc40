using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Sessions;

/// <summary>A strategy threw for a client. Who it was is said in the log; what it threw is the inner exception.</summary>
internal sealed class ResolverFault(IBackendResolver resolver, Exception inner) : Exception("A routing strategy threw.", inner)
{
    public IBackendResolver Resolver { get; } = resolver;
}
