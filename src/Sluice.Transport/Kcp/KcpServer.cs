using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Transport.Loop;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Kcp;

/// <summary>Takes KCP clients on one UDP port for a group of loops.</summary>
/// <remarks>
/// With SO_REUSEPORT (Linux) each loop has a socket of its own, and the kernel sends a client's datagrams to one and the same. Elsewhere the first
/// loop owns the port.
/// </remarks>
public sealed class KcpServer
{
    private readonly List<(EventLoop Loop, KcpEndpoint Endpoint)> _endpoints = [];

    private KcpServer()
    {
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint LocalEndPoint => _endpoints[0].Endpoint.LocalEndPoint;

    /// <summary>Binds the port.</summary>
    /// <param name="loops">At least one, all of the same poller, started.</param>
    /// <param name="endPoint">Where; <see cref="IPAddress.IPv6Any"/> takes IPv4 as well, port 0 takes a free one.</param>
    /// <param name="options">Settings of the port and its sessions.</param>
    /// <param name="accepted">Called on a loop with each new session, which is paused and has no handler yet.</param>
    /// <param name="logger">Where faults of handlers are told.</param>
    /// <param name="admits">Asked, on the loop, before a datagram begins a session; false = it is dropped, at next to no cost.</param>
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
        var server = new KcpServer();
        EventLoop first = loops[0];
        bool share = loops.Count > 1 && first.Sockets.CanShareListenPort;
        try
        {
            foreach (EventLoop loop in share ? loops : loops.Take(1))
            {
                // As for TCP: the first socket takes the port for itself and shares it afterwards.
                bool joinPort = server._endpoints.Count > 0;
                IPEndPoint wanted = joinPort ? server.LocalEndPoint : endPoint;
                KcpEndpoint bound = await loop.InvokeAsync(() => KcpEndpoint.Listen(loop, wanted, options, joinPort, accepted, logger, admits));
                server._endpoints.Add((loop, bound));
                if (share && !joinPort)
                {
                    bound.SharePort();
                }
            }
        }
        catch
        {
            await server.StopAsync();
            throw;
        }

        await WarnOfSmallBuffersAsync(server._endpoints[0], options.SocketBufferBytes, logger);
        return server;
    }

    /// <summary>
    /// Linux grants no more than net.core.rmem_max and wmem_max, 212,992 bytes where nobody raised them: the operator must know.
    /// </summary>
    private static async Task WarnOfSmallBuffersAsync((EventLoop Loop, KcpEndpoint Endpoint) first, int wanted, ILogger logger)
    {
        (int receive, int send) = await first.Loop.InvokeAsync(() => first.Endpoint.BufferBytes);
        if (OperatingSystem.IsLinux() && Math.Min(receive, send) < wanted)
        {
            KcpLog.SmallBuffers(logger, first.Endpoint.LocalEndPoint, receive, send, wanted);
        }
    }

    /// <summary>
    /// Closes the port, and with it what sessions are left. Those that were closed but still deliver their last bytes get a moment for it,
    /// <see cref="KcpEndpoint.StopMs"/> at most.
    /// </summary>
    public async Task StopAsync()
    {
        Task[] delivered = await Task.WhenAll(_endpoints.Select(pair => pair.Loop.InvokeAsync(pair.Endpoint.DeliverAsync)));
        await Task.WhenAll(delivered);
        await Task.WhenAll(_endpoints.Select(pair => pair.Loop.InvokeAsync(() =>
        {
            pair.Endpoint.Close();
            return true;
        })));
    }
}
