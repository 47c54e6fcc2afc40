using Sluice.Gateway;

namespace Sluice.Daemon.Admin;

/// <summary>Whether this gateway should get new clients. Written at its start, read by any thread.</summary>
/// <param name="stopAsked">Completes with the first signal.</param>
internal sealed class Readiness(Task stopAsked)
{
    private volatile SluiceGateway? _gateway;
    private volatile bool _serves;

    /// <summary>The state now.</summary>
    public ReadyState State =>
        stopAsked.IsCompleted ? ReadyState.Draining
        : !_serves || !_gateway!.CanRoute ? ReadyState.Starting
        : _gateway.IsShortOfMemory ? ReadyState.Busy
        : ReadyState.Ready;

    /// <summary>A problem for the operator. A gateway that has loaded its nodes once is ready in spite of it.</summary>
    public string? Problem => _gateway?.Problem;

    /// <summary>Names of the event loops that do not turn.</summary>
    public IReadOnlyList<string> StuckLoops => _gateway?.StuckLoops ?? [];

    /// <summary>Notes that the gateway is about to start, which may take as long as loading a registry.</summary>
    public void Starts(SluiceGateway gateway) => _gateway = gateway;

    /// <summary>Notes that every listener is bound.</summary>
    public void Serves() => _serves = true;
}
