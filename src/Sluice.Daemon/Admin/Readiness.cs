using Sluice.Gateway;

namespace Sluice.Daemon.Admin;

/// <summary>Whether new clients are to be sent to this gateway; written by its start, read by whoever asks.</summary>
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

    /// <summary>What the operator should know; a gateway that has known its nodes is ready all the same.</summary>
    public string? Problem => _gateway?.Problem;

    /// <summary>Names of event loops that do not turn.</summary>
    public IReadOnlyList<string> StuckLoops => _gateway?.StuckLoops ?? [];

    /// <summary>The gateway is about to start, which takes as long as a registry that it needs.</summary>
    public void Starts(SluiceGateway gateway) => _gateway = gateway;

    /// <summary>Every listener is bound.</summary>
    public void Serves() => _serves = true;
}
