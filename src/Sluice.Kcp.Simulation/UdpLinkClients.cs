using System.Net;
using System.Net.Sockets;

namespace Sluice.Kcp.Simulation;

/// <summary>The clients of a <see cref="UdpLink"/>, bounded in number. The link calls it one at a time.</summary>
/// <param name="options">The link's settings.</param>
/// <param name="connected">Called with each new socket towards the server.</param>
internal sealed class UdpLinkClients(UdpLinkOptions options, Action<UdpLinkClient, Socket> connected) : IDisposable
{
    private readonly Dictionary<SocketAddress, UdpLinkClient> _clients = [];

    public int Count => _clients.Count;

    /// <summary>The client at an address, a new one where there is room. Null where there is none, or no socket for it.</summary>
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

    /// <summary>Gives every client another port.</summary>
    public void Rebind()
    {
        foreach (UdpLinkClient client in _clients.Values)
        {
            // The new socket first: were the old port free already, the system might give it again.
            if (Connect() is { } upstream)
            {
                Socket old = client.Upstream;
                client.Upstream = upstream;
                old.Dispose();
                connected(client, upstream);
            }
        }
    }

    /// <summary>Closes the sockets of clients that were silent for too long.</summary>
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
            // No descriptor, no port, or no route: for this client there is no network.
            socket?.Dispose();
            return null;
        }
    }
}
