using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Logging;
using Sluice.Gateway.Routing;

namespace Sluice.Daemon.Routing.Plugins;

/// <summary>
/// A strategy of a plug-in. If its start or stop throws, the message names the plug-in. If it throws for a client, that session ends.
/// </summary>
internal sealed class PluginResolver(string file, IBackendResolver inner, ILogger logger) : IBackendResolver
{
    /// <summary>Read once: a name that changes could not be selected.</summary>
    public string Name { get; } = inner.Name;

    public bool KeysAreSecret { get; } = inner.KeysAreSecret;

    public string? Problem => inner.Problem;

    public int? KnownNodes => inner.KnownNodes;

    public bool CanRoute => inner.CanRoute;

    public async Task StartAsync(CancellationToken cancellation)
    {
        try
        {
            await inner.StartAsync(cancellation);
        }
        catch (Exception failure) when (!(failure is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            throw new PluginException(
                $"the strategy {Quoted.Text(Name)} of {Quoted.Long(file)} could not start "
                + $"({failure.GetType().Name}: {Quoted.Long(failure.Message)})",
                failure);
        }
    }

    public async Task StopAsync()
    {
        try
        {
            await inner.StopAsync();
        }
#pragma warning disable CA1031 // All sessions have ended. A plug-in must not turn that into a failure.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            DaemonLog.PluginStopFailed(logger, Name, Quoted.Long(file), failure);
        }
    }

    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) =>
        inner.ResolveAsync(request, cancellation);
}
