using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Simulation;

/// <summary>
/// A relay that treats datagrams between real sockets as a bad network does: <see cref="SimulatedLink"/> in real time. Clients send to
/// <see cref="LocalEndPoint"/>, and the server sees each client at a port of its own.
/// </summary>
/// <remarks>Delays are accurate to about a millisecond. Memory is limited, whatever clients send.</remarks>
public sealed class UdpLink : IDisposable
{
    private const int LargestDatagram = 65_535;

    /// <summary>The interval at which idle clients are removed.</summary>
    private const int LongestPauseMs = 1000;

    private readonly object _oneAtATime = new();
    private readonly UdpLinkOptions _options;
    private readonly Socket _front;
    private readonly LinkQueue<UdpLinkClient> _toServer;
    private readonly LinkQueue<UdpLinkClient> _toClients;
    private readonly UdpLinkClients _clients;
    private readonly Thread _clock;
    private readonly long _start;
    private long _nextRebinding = long.MaxValue;
    private volatile bool _disposed;

    private UdpLink(UdpLinkOptions options)
    {
        _options = options;
        _toServer = new LinkQueue<UdpLinkClient>(options.ToServer, options.Seed * 2, options.MaxUnderWay);
        _toClients = new LinkQueue<UdpLinkClient>(options.ToClients, (options.Seed * 2) + 1, options.MaxUnderWay);
        _start = options.Clock.GetTimestamp();
        _clients = new UdpLinkClients(options, (client, upstream) => _ = ReceiveFromServerAsync(client, upstream));
        _front = NewSocket(options.Listen.AddressFamily, options.SocketBuffer);
        try
        {
            if (options.Listen.Address.Equals(IPAddress.IPv6Any))
            {
                _front.DualMode = true;
            }

            _front.Bind(options.Listen);
        }
        catch
        {
            _front.Dispose();
            throw;
        }

        LocalEndPoint = (IPEndPoint)_front.LocalEndPoint!;
        SetNextRebinding(0);
        _clock = new Thread(KeepTime) { IsBackground = true, Name = "udp-link" };
    }

    /// <summary>The address that clients send to, with its actual port.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Counts of datagrams from clients.</summary>
    public LinkCounts ToServer => Locked(_toServer, queue => queue.Counts);

    /// <summary>Counts of datagrams from the server.</summary>
    public LinkCounts ToClients => Locked(_toClients, queue => queue.Counts);

    /// <summary>Clients that sent or received a datagram lately.</summary>
    public int Clients => Locked(_clients, clients => clients.Count);

    /// <summary>How often the clients got new ports.</summary>
    public long Rebindings { get; private set; }

    /// <summary>
    /// Datagrams rejected because of <see cref="UdpLinkOptions.MaxClients"/>, or because the system had no socket for the client.
    /// </summary>
    public long Rejected { get; private set; }

    /// <summary>Binds the port and starts to relay.</summary>
    /// <param name="options">The settings.</param>
    /// <returns>The link, which runs until it is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range. The exception names it.</exception>
    /// <exception cref="SocketException">The port cannot be bound.</exception>
    public static UdpLink Start(UdpLinkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var link = new UdpLink(options);
        link._clock.Start();
        _ = link.ReceiveFromClientsAsync();
        return link;
    }

    /// <summary>
    /// Gives every client a new port to the server, like a NAT that lost its mappings. Datagrams that the server sends to the old port are
    /// lost.
    /// </summary>
    public void RebindClients()
    {
        lock (_oneAtATime)
        {
            Rebind();
        }
    }

    /// <summary>Changes what happens to datagrams sent from now on. The fate of those in transit is decided already.</summary>
    /// <param name="toServer">For datagrams of clients.</param>
    /// <param name="toClients">For datagrams of the server.</param>
    /// <exception cref="ArgumentOutOfRangeException">A condition is out of its range.</exception>
    public void SetConditions(LinkConditions toServer, LinkConditions toClients)
    {
        ArgumentNullException.ThrowIfNull(toServer);
        ArgumentNullException.ThrowIfNull(toClients);
        lock (_oneAtATime)
        {
            _toServer.Conditions = toServer;
            _toClients.Conditions = toClients;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"to the server: {ToServer}; to clients: {ToClients}";

    /// <summary>Stops the link. Datagrams in transit are lost.</summary>
    public void Dispose()
    {
        lock (_oneAtATime)
        {
            _disposed = true;
            Monitor.PulseAll(_oneAtATime);
            _front.Dispose();
            _clients.Dispose();
        }

        _clock.Join();
    }

    internal static Socket NewSocket(AddressFamily family, int buffer) => new(family, SocketType.Dgram, ProtocolType.Udp)
    {
        ReceiveBufferSize = buffer,
        SendBufferSize = buffer,
    };

    private TResult Locked<TSource, TResult>(TSource source, Func<TSource, TResult> read)
    {
        lock (_oneAtATime)
        {
            return read(source);
        }
    }

    private long Now() => (long)_options.Clock.GetElapsedTime(_start).TotalMicroseconds;

    /// <summary>
    /// Delivers datagrams when they are due, rebinds, and removes idle clients. A thread of its own keeps time better than a timer of the
    /// pool.
    /// </summary>
    private void KeepTime()
    {
        lock (_oneAtATime)
        {
            while (!_disposed)
            {
                long now = Now();
                Deliver(now);
                if (now >= _nextRebinding)
                {
                    Rebind();
                    SetNextRebinding(now);
                }

                _clients.ForgetIdle(now);
                long next = Math.Min(_nextRebinding, Math.Min(_toServer.NextArrival, _toClients.NextArrival));
                long pause = Math.Max(0, next - now) / TimeSpan.MicrosecondsPerMillisecond;
                Monitor.Wait(_oneAtATime, (int)Math.Min(pause + 1, LongestPauseMs));
            }
        }
    }

    private async Task ReceiveFromClientsAsync()
    {
        byte[] buffer = new byte[LargestDatagram];
        var from = new SocketAddress(_front.AddressFamily);
        while (!_disposed)
        {
            try
            {
                int count = await _front.ReceiveFromAsync(buffer, SocketFlags.None, from).ConfigureAwait(false);
                TakeFromClient(buffer.AsSpan(0, count), from);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
            {
                // An earlier datagram was refused (ECONNREFUSED), or the link was disposed.
            }
        }
    }

    private async Task ReceiveFromServerAsync(UdpLinkClient client, Socket upstream)
    {
        byte[] buffer = new byte[LargestDatagram];
        while (!_disposed)
        {
            try
            {
                int count = await upstream.ReceiveAsync(buffer.AsMemory()).ConfigureAwait(false);
                TakeFromServer(client, upstream, buffer.AsSpan(0, count));
            }
            catch (SocketException) when (client.Upstream == upstream)
            {
                // Nothing listens on the server's port now, but may later.
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void TakeFromClient(ReadOnlySpan<byte> datagram, SocketAddress from)
    {
        lock (_oneAtATime)
        {
            if (_disposed)
            {
                return;
            }

            long now = Now();
            if (_clients.Find(from, now) is not { } client)
            {
                Rejected++;
                return;
            }

            client.LastHeard = now;
            _options.FromClient?.Invoke(datagram);
            _toServer.Send(datagram, client, now);
            Turn(now);
        }
    }

    private void TakeFromServer(UdpLinkClient client, Socket upstream, ReadOnlySpan<byte> datagram)
    {
        lock (_oneAtATime)
        {
            if (!_disposed && client.Upstream == upstream)
            {
                long now = Now();
                client.LastHeard = now;
                _options.FromServer?.Invoke(datagram);
                _toClients.Send(datagram, client, now);
                Turn(now);
            }
        }
    }

    /// <summary>Delivers what is due, and lets the clock thread deliver the rest.</summary>
    private void Turn(long now)
    {
        Deliver(now);
        if (_toServer.NextArrival != long.MaxValue || _toClients.NextArrival != long.MaxValue)
        {
            Monitor.Pulse(_oneAtATime);
        }
    }

    private void Deliver(long now)
    {
        while (_toServer.TryReceive(now, out (byte[] Datagram, UdpLinkClient Client) arrived))
        {
            Send(arrived.Client.Upstream, arrived.Datagram, to: null);
        }

        while (_toClients.TryReceive(now, out (byte[] Datagram, UdpLinkClient Client) arrived))
        {
            Send(_front, arrived.Datagram, arrived.Client.Address);
        }
    }

    private static void Send(Socket socket, byte[] datagram, SocketAddress? to)
    {
        // A send can report that an earlier datagram was refused (ECONNREFUSED), and then sends nothing itself.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                _ = to is null ? socket.Send(datagram) : socket.SendTo(datagram, SocketFlags.None, to);
                return;
            }
            catch (SocketException)
            {
                // Like any network, the link loses what it cannot deliver.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Rebind()
    {
        _clients.Rebind();
        Rebindings++;
    }

    private void SetNextRebinding(long now) =>
        _nextRebinding = _options.RebindInterval == 0
            ? long.MaxValue
            : now + (_options.RebindInterval * TimeSpan.MicrosecondsPerMillisecond);
}
