namespace Sluice.Gateway.Routing;

/// <summary>A routing strategy: from the key that a client named to the backends that may serve it.</summary>
/// <remarks>
/// It runs on an event loop: what has to wait, awaits. The addresses that it returns still pass the
/// <see cref="Policy.BackendPolicy"/> before they are dialled; a resolver cannot go round it.
/// </remarks>
public interface IBackendResolver
{
    /// <summary>The name that <c>[common] header_identify</c> selects it by.</summary>
    string Name { get; }

    /// <summary>True where a key is a credential, so that it never reaches a log.</summary>
    bool KeysAreSecret => false;

    /// <summary>
    /// What keeps it from knowing its nodes now, in a sentence for the operator; null = all is well. Shown by <c>/readyz</c>.
    /// </summary>
    string? Problem => null;

    /// <summary>Nodes that it knows now; null where it keeps no list of them.</summary>
    int? KnownNodes => null;

    /// <summary>
    /// True where clients can be routed, also while there is a <see cref="Problem"/>: what it knew before still routes. Decides what
    /// <c>/readyz</c> says.
    /// </summary>
    bool CanRoute => Problem is null || KnownNodes > 0;

    /// <summary>
    /// Starts what it keeps running, such as the watch on a registry. Called before the first client is accepted: once for all gateways of
    /// the process that use it at the same time, and again if it is given to another gateway after <see cref="StopAsync"/>.
    /// </summary>
    /// <param name="cancellation">Cancelled if the gateway is stopped while it starts.</param>
    /// <exception cref="Exception">Whatever it throws keeps the gateway from starting.</exception>
    Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Stops it. Called once for each start, after the last session of the last gateway that uses it, and also if it could not be started.
    /// </summary>
    Task StopAsync() => Task.CompletedTask;

    /// <summary>
    /// Finds the backends of a key. What the client sent is untrusted text: bounded in length, valid UTF-8, nothing more.
    /// </summary>
    /// <param name="request">The key and its client.</param>
    /// <param name="cancellation">
    /// Cancelled when the client has gone, or after <see cref="GatewayOptions.ResolveTimeout"/>: nobody waits for the answer then, and a
    /// later one is dropped.
    /// </param>
    ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation);
}
