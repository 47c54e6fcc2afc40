namespace Sluice.Kcp.Simulation;

/// <summary>What a link does to the datagrams of one direction.</summary>
public sealed record LinkConditions
{
    /// <summary>A link that delivers everything at once.</summary>
    public static LinkConditions Perfect { get; } = new();

    /// <summary>Probability that a datagram is lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Probability that a datagram arrives twice, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>Probability that a datagram is held back by <see cref="ReorderDelay"/>, so that later ones overtake it, 0 to 1.</summary>
    public double Reordering { get; init; }

    /// <summary>Milliseconds by which a reordered datagram is late.</summary>
    public int ReorderDelay { get; init; } = 20;

    /// <summary>Milliseconds each datagram takes.</summary>
    public int Delay { get; init; }

    /// <summary>Up to so many milliseconds more, evenly distributed. More than the distance of two datagrams reorders them.</summary>
    public int Jitter { get; init; }

    /// <summary>Bytes per second that pass, 0 for no bound.</summary>
    public long Rate { get; init; }

    /// <summary>Milliseconds of traffic that may queue at <see cref="Rate"/> before datagrams are dropped.</summary>
    public int MaxQueue { get; init; } = 200;

    /// <summary>Bytes that each datagram costs on the wire besides its payload: IPv4 and UDP headers.</summary>
    public int HeaderBytes { get; init; } = 28;
}
