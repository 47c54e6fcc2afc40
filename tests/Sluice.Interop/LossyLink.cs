using System.Net;
using Sluice.Kcp.Simulation;

namespace Sluice.Interop;

/// <summary>A <see cref="UdpLink"/> to a loopback server that drops, duplicates and delays datagrams, and counts them by kind.</summary>
internal sealed class LossyLink : IDisposable
{
    private readonly UdpLink _link;

    private LossyLink(IPEndPoint server, int lossPercent, int seed)
    {
        LinkConditions conditions = lossPercent == 0
            ? LinkConditions.Perfect
            : new LinkConditions { Loss = lossPercent / 100.0, Duplication = 0.02, Reordering = 0.03, ReorderDelay = 3 };
        _link = UdpLink.Start(new UdpLinkOptions
        {
            Server = server,
            ToServer = conditions,
            ToClients = conditions,
            Seed = (ulong)seed,
            FromClient = datagram => ToServer.Count(datagram),
            FromServer = datagram => ToClient.Count(datagram),
        });
    }

    public int Port => _link.LocalEndPoint.Port;

    /// <summary>Datagrams that clients sent.</summary>
    public DatagramCounts ToServer { get; } = new();

    /// <summary>Datagrams that the server sent.</summary>
    public DatagramCounts ToClient { get; } = new();

    public static LossyLink Start(IPEndPoint server, int lossPercent, int seed) => new(server, lossPercent, seed);

    public override string ToString() => $"{_link}; {ToServer} to the server, {ToClient} to the client";

    public void Dispose() => _link.Dispose();
}
