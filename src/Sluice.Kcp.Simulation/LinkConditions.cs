namespace Sluice.Kcp.Simulation;

/// <summary>The conditions of one direction of a link: loss, delay, duplication, reordering and rate.</summary>
public sealed record LinkConditions
{
    private const int LongestTime = 60_000;

    /// <summary>A link that delivers everything at once.</summary>
    public static LinkConditions Perfect { get; } = new();

    /// <summary>Probability that a datagram is lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Probability that a datagram arrives twice, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>Probability that a datagram is delayed by <see cref="ReorderDelay"/>, so that later ones overtake it, 0 to 1.</summary>
    public double Reordering { get; init; }

    /// <summary>Milliseconds by which a reordered datagram is delayed, 0 to 60,000.</summary>
    public int ReorderDelay { get; init; } = 20;

    /// <summary>Milliseconds that each datagram takes, 0 to 60,000.</summary>
    public int Delay { get; init; }

    /// <summary>
    /// The most milliseconds to add to the delay, evenly distributed, 0 to 60,000. Datagrams sent within a shorter time may be reordered.
    /// </summary>
    public int Jitter { get; init; }

    /// <summary>Bytes per second that pass, 0 for no limit.</summary>
    public long Rate { get; init; }

    /// <summary>Milliseconds of traffic that may queue at <see cref="Rate"/> before datagrams are dropped, 0 to 60,000.</summary>
    public int MaxQueue { get; init; } = 200;

    /// <summary>Bytes of each datagram on the wire besides its payload: by default, IPv4 and UDP headers.</summary>
    public int HeaderBytes { get; init; } = 28;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A condition is out of its range. The exception names it.</exception>
    public void Validate()
    {
        Require(Loss is >= 0 and <= 1, nameof(Loss), "0 to 1");
        Require(Duplication is >= 0 and <= 1, nameof(Duplication), "0 to 1");
        Require(Reordering is >= 0 and <= 1, nameof(Reordering), "0 to 1");
        Require(ReorderDelay is >= 0 and <= LongestTime, nameof(ReorderDelay), "0 to 60000 milliseconds");
        Require(Delay is >= 0 and <= LongestTime, nameof(Delay), "0 to 60000 milliseconds");
        Require(Jitter is >= 0 and <= LongestTime, nameof(Jitter), "0 to 60000 milliseconds");
        Require(MaxQueue is >= 0 and <= LongestTime, nameof(MaxQueue), "0 to 60000 milliseconds");
        Require(Rate >= 0, nameof(Rate), "0 or more bytes per second");
        Require(HeaderBytes >= 0, nameof(HeaderBytes), "0 or more");
    }

    internal static void Require(bool holds, string name, string range)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, $"{name} must be {range}");
        }
    }
}
