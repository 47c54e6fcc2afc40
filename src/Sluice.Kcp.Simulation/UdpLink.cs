using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Simulation;

/// <summary>
/// A relay of datagrams between real sockets that treats them as a bad network does: <see cref="SimulatedLink"/> in real time. Clients send to
/// <see cref="LocalEndPoint"/>, and the server sees each of them at a port of its own.
/// </summary>
/// <remarks>Delays are kept to about a millisecond. Memory is bounded, whatever clients send.</remarks>
public sealed class UdpLink : IDisposable
{
    private const int LargestDatagram = 65_535;

    /// <summary>How often idle clients are looked for.</summary>
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

    /// <summary>Where clients send to, with the real port.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>What became of the clients' datagrams so far.</summary>
    public LinkCounts ToServer => Locked(_toServer, queue => queue.Counts);

    /// <summary>What became of the server's datagrams so far.</summary>
    public LinkCounts ToClients => Locked(_toClients, queue => queue.Counts);

    /// <summary>Clients that were heard of lately.</summary>
    public int Clients => Locked(_clients, clients => clients.Count);

    /// <summary>How often clients were given other ports.</summary>
    public long Rebindings { get; private set; }

    /// <summary>Datagrams of clients beyond <see cref="UdpLinkOptions.MaxClients"/>, or for which the system had no socket.</summary>
    public long TurnedAway { get; private set; }

    /// <summary>Binds the port and begins to relay.</summary>
    /// <param name="options">What it is told.</param>
    /// <returns>The link; it runs until it is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range; the exception names it.</exception>
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

    /// <summary>Gives every client another port towards the server, as a NAT does that forgot its mapping. What the server sends to the old one is lost.</summary>
    public void RebindClients()
    {
        lock (_oneAtATime)
        {
            Rebind();
        }
    }

    /// <summary>Changes what happens to datagrams from now on; those under way arrive as was decided for them.</summary>
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

    /// <summary>Ends it; what is under way is lost.</summary>
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

    /// <summary>Delivers what is due later, rebinds, and forgets idle clients. A thread of its own keeps time better than a timer of the pool.</summary>
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
                // The refusal of an earlier datagram, or the link's end.
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
                // Nobody listens at the server's port now; perhaps later.
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
                TurnedAway++;
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

    /// <summary>Delivers what is due, and has the clock look at the rest.</summary>
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
        // A send also tells that an earlier datagram was refused, and then sends nothing itself.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                _ = to is null ? socket.Send(datagram) : socket.SendTo(datagram, SocketFlags.None, to);
                return;
            }
            catch (SocketException)
            {
                // As any network does, the link loses what it cannot deliver.
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
        _nextRebinding = _options.RebindInterval == 0 ? long.MaxValue : now + (_options.RebindInterval * TimeSpan.MicrosecondsPerMillisecond);
}
