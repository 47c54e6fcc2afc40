using Sluice.Transport;

namespace Sluice.Gateway.Routing;

/// <summary>What is known of a client that wants a backend.</summary>
/// <param name="Key">What the client named; untrusted.</param>
/// <param name="Client">The client's address.</param>
public readonly record struct RouteRequest(string Key, NetworkAddress Client);
