using Microsoft.Extensions.Logging;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Routing;

namespace Sluice.Gateway.Sessions;

/// <summary>What the sessions of all loops share.</summary>
internal sealed record SessionServices
{
    public required IBackendResolver Resolver { get; init; }

    /// <summary>Time that the strategy may take for one client.</summary>
    public required TimeSpan ResolveTimeout { get; init; }

    public required Dialer Dialer { get; init; }

    public required SessionLimits Limits { get; init; }

    public required ClientList Clients { get; init; }

    /// <summary>Writes the header that introduces a client to its backend; null = backends get none.</summary>
    public required Introduction? Introduction { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required ILogger Logger { get; init; }

    public SessionIds Ids { get; } = new();
}
