using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Simulation;

/// <summary>The clients of a <see cref="UdpLink"/>, limited in number. Not thread-safe.</summary>
/// <param name="options">The link's settings.</param>
/// <param name="connected">Called with each new socket to the server.</param>
internal sealed class UdpLinkClients(UdpLinkOptions options, Action<UdpLinkClient, Socket> connected) : IDisposable
{
    private readonly Dictionary<SocketAddress, UdpLinkClient> _clients = [];

    public int Count => _clients.Count;

    /// <summary>
    /// Returns the client at an address, and creates it if there is room. Returns null if there is no room, or no socket for it.
    /// </summary>
    public UdpLinkClient? Find(SocketAddress from, long now)
    {
        if (_clients.TryGetValue(from, out UdpLinkClient? known))
        {
            return known;
        }

        if (_clients.Count >= options.MaxClients)
        {
            ForgetIdle(now);
        }

        if (_clients.Count >= options.MaxClients || Connect() is not { } upstream)
        {
            return null;
        }

        var address = new SocketAddress(from.Family, from.Size);
        from.Buffer.Span[..from.Size].CopyTo(address.Buffer.Span);
        var client = new UdpLinkClient(address, upstream);
        _clients.Add(address, client);
        connected(client, upstream);
        return client;
    }

    /// <summary>Gives every client a new port.</summary>
    public void Rebind()
    {
        foreach (UdpLinkClient client in _clients.Values)
        {
            // Open the new socket first: if the old port were free already, the system might assign it again.
            if (Connect() is { } upstream)
            {
                Socket old = client.Upstream;
                client.Upstream = upstream;
                old.Dispose();
                connected(client, upstream);
            }
        }
    }

    /// <summary>Closes the sockets of clients that were idle for too long.</summary>
    public void ForgetIdle(long now)
    {
        long since = now - (options.IdleTimeout * TimeSpan.MicrosecondsPerMillisecond);
        foreach ((SocketAddress address, UdpLinkClient client) in _clients)
        {
            if (client.LastHeard <= since)
            {
                client.Upstream.Dispose();
                _clients.Remove(address);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (UdpLinkClient client in _clients.Values)
        {
            client.Upstream.Dispose();
        }

        _clients.Clear();
    }

    private Socket? Connect()
    {
        Socket? socket = null;
        try
        {
            socket = UdpLink.NewSocket(options.Server.AddressFamily, options.SocketBuffer);
            socket.Connect(options.Server);
            return socket;
        }
        catch (SocketException)
        {
            // No descriptor, no port, or no route: this client has no network.
            socket?.Dispose();
            return null;
        }
    }
}
