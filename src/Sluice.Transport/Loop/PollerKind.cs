namespace Sluice.Transport.Loop;

/// <summary>Which readiness mechanism and which socket calls an event loop uses.</summary>
public enum PollerKind
{
    /// <summary>The fastest one that this system offers: <see cref="Epoll"/> on Linux, <see cref="Poll"/> elsewhere.</summary>
    Default,

    /// <summary>epoll(7), edge-triggered, with direct system calls. Linux only.</summary>
    Epoll,

    /// <summary>
    /// poll(2) or WSAPoll with <see cref="System.Net.Sockets.Socket"/>: works everywhere, costs more with many connections.
    /// </summary>
    Poll,
}
