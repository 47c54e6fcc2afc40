using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;

namespace Sluice.Hosting;

/// <summary>Runs the gateway in the host: it listens when the host starts, and drains when the host stops.</summary>
internal sealed class GatewayService(Func<GatewayOptions> options, ILogger logger)
    : IHostedService, ISluiceListeners, IAsyncDisposable, IDisposable
{
    private SluiceGateway? _gateway;

    public IReadOnlyList<BoundListener> Listeners => _gateway?.Listeners ?? [];

    /// <summary>Starts the gateway. A failure keeps the host from starting.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _gateway = new SluiceGateway(options(), logger);
        await _gateway.StartAsync(cancellationToken);
    }

    /// <summary>Lets live sessions go on for the drain timeout, or until the host stops waiting.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _gateway?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Stops the gateway of a host that failed to start and is never stopped.</summary>
    public ValueTask DisposeAsync() => _gateway?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>For containers that dispose synchronously. The loops are threads of their own, so this cannot deadlock.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
