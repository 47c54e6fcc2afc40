using System.Net;

namespace Sluice.Kcp.Simulation;

/// <summary>What a <see cref="UdpLink"/> is told.</summary>
public sealed record UdpLinkOptions
{
    /// <summary>The server that clients reach through the link, IPv4 or IPv6.</summary>
    public required IPEndPoint Server { get; init; }

    /// <summary>Where clients send to; port 0 takes a free one, <see cref="IPAddress.IPv6Any"/> takes IPv4 as well.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>What happens to datagrams of clients, all of them together: they share one <see cref="LinkConditions.Rate"/>.</summary>
    public LinkConditions ToServer { get; init; } = LinkConditions.Perfect;

    /// <summary>What happens to datagrams of the server, to all clients together.</summary>
    public LinkConditions ToClients { get; init; } = LinkConditions.Perfect;

    /// <summary>Decides the fate of every datagram.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Milliseconds after which every client gets another port towards the server, again and again; 0 = never. See <see cref="UdpLink.RebindClients"/>.</summary>
    public int RebindInterval { get; init; }

    /// <summary>Clients at one time, 1 or more; datagrams of a further one are dropped. Each takes a socket and 64 KiB.</summary>
    public int MaxClients { get; init; } = 256;

    /// <summary>Milliseconds without a datagram either way after which a client is forgotten, 1 or more.</summary>
    public int IdleTimeout { get; init; } = 120_000;

    /// <summary>Bytes that may be under way in each direction; what comes on top is lost.</summary>
    public long MaxUnderWay { get; init; } = 64 * 1024 * 1024;

    /// <summary>Buffers of the sockets in bytes, each way; the system may grant less.</summary>
    public int SocketBuffer { get; init; } = 4 * 1024 * 1024;

    /// <summary>Is shown each datagram of a client before its fate is decided. Called one at a time, on any thread; it must not call the link.</summary>
    public Action<ReadOnlySpan<byte>>? FromClient { get; init; }

    /// <summary>Is shown each datagram of the server, as <see cref="FromClient"/> is.</summary>
    public Action<ReadOnlySpan<byte>>? FromServer { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range; the exception names it.</exception>
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
