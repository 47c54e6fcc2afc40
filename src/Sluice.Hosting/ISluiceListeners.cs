using Sluice.Gateway;

namespace Sluice.Hosting;

/// <summary>Where the gateway of this host listens: for what tells others of it, and for tests that take port 0.</summary>
public interface ISluiceListeners
{
    /// <summary>The listeners with their real ports; empty until the host has started.</summary>
    IReadOnlyList<BoundListener> Listeners { get; }
}
