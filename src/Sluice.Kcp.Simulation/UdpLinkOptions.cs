using System.Net;

namespace Sluice.Kcp.Simulation;

/// <summary>Settings of a <see cref="UdpLink"/>.</summary>
public sealed record UdpLinkOptions
{
    /// <summary>The server that clients reach through the link, IPv4 or IPv6.</summary>
    public required IPEndPoint Server { get; init; }

    /// <summary>The address that clients send to. Port 0 chooses a free one; <see cref="IPAddress.IPv6Any"/> includes IPv4.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The conditions for datagrams of all clients, which share one <see cref="LinkConditions.Rate"/>.</summary>
    public LinkConditions ToServer { get; init; } = LinkConditions.Perfect;

    /// <summary>The conditions for datagrams of the server. All clients share one <see cref="LinkConditions.Rate"/>.</summary>
    public LinkConditions ToClients { get; init; } = LinkConditions.Perfect;

    /// <summary>The seed of all random decisions.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// The interval in milliseconds at which every client gets a new port to the server; 0 = never. See
    /// <see cref="UdpLink.RebindClients"/>.
    /// </summary>
    public int RebindInterval { get; init; }

    /// <summary>
    /// The most clients at a time, 1 or more. Datagrams of further ones are dropped. Each client takes a socket and 64 KiB.
    /// </summary>
    public int MaxClients { get; init; } = 256;

    /// <summary>Milliseconds without a datagram in either direction after which a client is removed, 1 or more.</summary>
    public int IdleTimeout { get; init; } = 120_000;

    /// <summary>The most bytes in transit in each direction. Datagrams beyond that are lost.</summary>
    public long MaxUnderWay { get; init; } = 64 * 1024 * 1024;

    /// <summary>Size of the socket buffers in bytes, in each direction. The system may grant less.</summary>
    public int SocketBuffer { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Called with each datagram of a client before its fate is decided, never concurrently, on any thread. It must not call the link.
    /// </summary>
    public Action<ReadOnlySpan<byte>>? FromClient { get; init; }

    /// <summary>Called with each datagram of the server, like <see cref="FromClient"/>.</summary>
    public Action<ReadOnlySpan<byte>>? FromServer { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range. The exception names it.</exception>
    public void Validate()
    {
        ToServer.Validate();
        ToClients.Validate();
        LinkConditions.Require(RebindInterval >= 0, nameof(RebindInterval), "0 or more milliseconds");
        LinkConditions.Require(MaxClients >= 1, nameof(MaxClients), "1 or more");
        LinkConditions.Require(IdleTimeout >= 1, nameof(IdleTimeout), "1 or more milliseconds");
        LinkConditions.Require(MaxUnderWay >= 0, nameof(MaxUnderWay), "0 or more bytes");
        LinkConditions.Require(SocketBuffer >= 1, nameof(SocketBuffer), "1 or more bytes");
    }
}
