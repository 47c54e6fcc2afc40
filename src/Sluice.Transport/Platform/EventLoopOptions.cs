using System.Net;
using Sluice.Transport.Loop;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Platform;

/// <summary>How an <see cref="EventLoop"/> is set up.</summary>
public sealed record EventLoopOptions
{
    /// <summary>Name of the loop's thread.</summary>
    public string Name { get; init; } = "loop";

    /// <summary>The readiness mechanism.</summary>
    public PollerKind Poller { get; init; }

    /// <summary>Ways to move several datagrams in one system call that may be used where the system has them.</summary>
    public UdpBatching UdpBatching { get; init; } = new();

    /// <summary>
    /// Seconds for which bytes that were sent over TCP may stay unacknowledged, or untaken by a peer that does not read, before the
    /// connection is lost (TCP_USER_TIMEOUT, tcp(7)); 0 = the system's own, some 15 minutes. 0 to 86,400. No effect on systems other than
    /// Linux.
    /// </summary>
    public int TcpUserTimeoutSeconds { get; init; }

    /// <summary>
    /// Addresses of this machine that connections are opened from, in turn; those that have no port left are passed over. A target is
    /// dialled from addresses of its own family, a loopback target from loopback addresses and any other from the rest. If none fits, or
    /// the list is empty, the system chooses.
    /// </summary>
    public IReadOnlyList<IPAddress> SourceAddresses { get; init; } = [];

    /// <summary>Ports of the connected UDP sockets; tests that make network namespaces keep one for each.</summary>
    internal UdpPorts UdpPorts { get; init; } = UdpPorts.OfThisProcess;

    /// <summary>Size in bytes of the buffer that every receive of the loop goes through; 4,096 to 1,048,576.</summary>
    /// <remarks>Bulk costs half the CPU per byte with 64 KiB as with 16 KiB, and hardly less with more (docs/performance.md).</remarks>
    public int ScratchBytes { get; init; } = 64 * 1024;

    /// <summary>Where the time comes from. Tests pass a clock of their own and call <see cref="EventLoop.Wake"/> after moving it.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
