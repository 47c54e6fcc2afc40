using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;

namespace Sluice.Hosting;

/// <summary>The gateway's life in the host: it listens once the host has started, and drains when the host stops.</summary>
internal sealed class GatewayService(Func<GatewayOptions> options, ILogger logger) : IHostedService, ISluiceListeners, IAsyncDisposable, IDisposable
{
    private SluiceGateway? _gateway;

    public IReadOnlyList<BoundListener> Listeners => _gateway?.Listeners ?? [];

    /// <summary>What fails here keeps the host from starting.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _gateway = new SluiceGateway(options(), logger);
        await _gateway.StartAsync(cancellationToken);
    }

    /// <summary>Live sessions run on for the drain timeout, or until the host's own patience is over.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _gateway?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>For a host that fails while it starts, and is never stopped.</summary>
    public ValueTask DisposeAsync() => _gateway?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>For containers that dispose without waiting; the loops are threads of their own, so this cannot lock up.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
}
