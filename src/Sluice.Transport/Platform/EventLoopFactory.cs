using Microsoft.Extensions.Logging;
using Sluice.Transport.Linux;
using Sluice.Transport.Loop;
using Sluice.Transport.Portable;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Platform;

/// <summary>Creates event loops with the poller and the socket calls of this system.</summary>
public static class EventLoopFactory
{
    /// <summary>Creates a loop; <see cref="EventLoop.Start"/> starts its thread.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="EventLoopOptions.ScratchBytes"/> is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException">The poller asked for does not exist on this system.</exception>
    public static EventLoop Create(EventLoopOptions? options = null, ILogger? logger = null)
    {
        options ??= new EventLoopOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ScratchBytes, 4096, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ScratchBytes, 1024 * 1024, nameof(options));
        (IPoller poller, SocketPlatform sockets) = Engine(options);
        return new EventLoop(options.Name, options.ScratchBytes, options.TimeProvider, poller, logger, sockets);
    }

    private static (IPoller Poller, SocketPlatform Sockets) Engine(EventLoopOptions options)
    {
        var sources = new SourceAddresses(options.SourceAddresses);
        return options.Poller switch
        {
            PollerKind.Poll => Portable(),
            _ when OperatingSystem.IsLinux() =>
                (new EpollPoller(), new LinuxSocketPlatform(options.UdpBatching, sources, options.UdpPorts, options.TcpUserTimeoutSeconds)),
            PollerKind.Epoll => throw new PlatformNotSupportedException("epoll exists on Linux only."),
            _ => Portable(),
        };

        (IPoller Poller, SocketPlatform Sockets) Portable() =>
            (new PollPoller(), new PortableSocketPlatform(sources, options.TcpUserTimeoutSeconds));
    }
}
