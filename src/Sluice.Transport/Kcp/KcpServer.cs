using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Kcp;

/// <summary>Takes KCP clients on one UDP port for a group of loops.</summary>
/// <remarks>
/// With SO_REUSEPORT (Linux) each loop has a socket of its own, and the kernel sends a client's datagrams to one and the same. Elsewhere
/// the first
/// loop owns the port.
/// </remarks>
public sealed class KcpServer
{
    private readonly SharedPort<KcpEndpoint> _port;

    private KcpServer(SharedPort<KcpEndpoint> port) => _port = port;

    /// <summary>The local address, with the real port.</summary>
    public IPEndPoint LocalEndPoint => _port.LocalEndPoint;

    /// <summary>Binds the port.</summary>
    /// <param name="loops">At least one, all of the same poller, started.</param>
    /// <param name="endPoint">The address; <see cref="IPAddress.IPv6Any"/> takes IPv4 as well, port 0 takes a free one.</param>
    /// <param name="options">Settings of the port and its sessions.</param>
    /// <param name="accepted">Called on a loop with each new session, which is paused and has no handler yet.</param>
    /// <param name="logger">Logs faults of handlers.</param>
    /// <param name="admits">Called on the loop before a datagram begins a session; false = the datagram is dropped.</param>
    /// <exception cref="System.Net.Sockets.SocketException">It cannot be bound.</exception>
    /// <exception cref="ArgumentException">A setting of the sessions is out of its range, or they are not in stream mode.</exception>
    public static async Task<KcpServer> StartAsync(
        IReadOnlyList<EventLoop> loops,
        IPEndPoint endPoint,
        KcpEndpointOptions options,
        Action<KcpConnection> accepted,
        ILogger? logger = null,
        Func<EventLoop, NetworkAddress, bool>? admits = null)
    {
        ArgumentNullException.ThrowIfNull(loops);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(nameof(options));
        logger ??= NullLogger.Instance;
        var port = new SharedPort<KcpEndpoint>(loops);
        await port.OpenAsync(
            endPoint, (loop, wanted, joinsPort) => KcpEndpoint.Listen(loop, wanted, options, joinsPort, accepted, logger, admits));
        await WarnOfSmallBuffersAsync(port, options.SocketBufferBytes, logger);
        return new KcpServer(port);
    }

    /// <summary>
    /// Linux grants no more than net.core.rmem_max and wmem_max, 212,992 bytes unless they were raised: the operator must know.
    /// </summary>
    private static async Task WarnOfSmallBuffersAsync(SharedPort<KcpEndpoint> port, int wanted, ILogger logger)
    {
        (int receive, int send) = await port.OnFirstAsync(endpoint => endpoint.BufferBytes);
        if (OperatingSystem.IsLinux() && Math.Min(receive, send) < wanted)
        {
            KcpLog.SmallBuffers(logger, port.LocalEndPoint, receive, send, wanted);
        }
    }

    /// <summary>
    /// Closes the port, and with it what sessions are left. Those that were closed but still deliver their last bytes get a moment for it,
    /// <see cref="KcpEndpoint.StopMs"/> at most.
    /// </summary>
    public async Task StopAsync()
    {
        Task[] delivered = await _port.OnEachAsync(endpoint => endpoint.DeliverAsync());
        await Task.WhenAll(delivered);
        await _port.CloseAsync();
    }
}
