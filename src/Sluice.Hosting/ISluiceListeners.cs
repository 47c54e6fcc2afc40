using Sluice.Gateway;

namespace Sluice.Hosting;

/// <summary>The listeners of this host's gateway, for example to publish them or for tests that use port 0.</summary>
public interface ISluiceListeners
{
    /// <summary>The listeners with their real ports; empty until the host has started.</summary>
    IReadOnlyList<BoundListener> Listeners { get; }
}
