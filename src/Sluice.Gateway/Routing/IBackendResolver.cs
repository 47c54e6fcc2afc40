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

    /// <summary>Finds the backends of a key. What the client sent is untrusted text: bounded in length, valid UTF-8, nothing more.</summary>
    ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation);
}
