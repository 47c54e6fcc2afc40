using System.Net;
using Sluice.Gateway.Routing;

namespace Sluice.Hosting.Tests.Kit;

/// <summary>Sends every client to one place.</summary>
internal sealed class FixedResolver(string name, IPEndPoint to, Exception? failure = null) : IBackendResolver
{
    public string Name => name;

    public bool IsStarted { get; private set; }

    public bool IsStopped { get; private set; }

    public Task StartAsync(CancellationToken cancellation)
    {
        IsStarted = true;
        return failure is null ? Task.CompletedTask : Task.FromException(failure);
    }

    public Task StopAsync()
    {
        IsStopped = true;
        return Task.CompletedTask;
    }

    public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(Resolution.To(new Backend(to)));
}
