using Sluice.Gateway.Dialing;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;

namespace Sluice.Gateway.Sessions;

/// <summary>What the workers of all loops have in common.</summary>
internal sealed record WorkerShared
{
    public required GreetingFrames Frames { get; init; }

    public required Dialer Dialer { get; init; }

    public required SessionCount Count { get; init; }

    public required ClientList Clients { get; init; }

    /// <summary>What backends are told of their clients; null = nothing.</summary>
    public Introduction? Introduction { get; init; }
}
