using System.Net;

namespace Sluice.Registries.Dns;

/// <summary>Settings of the strategy <c>dns</c>: which names are nodes, and which servers to ask.</summary>
public sealed record DnsOptions
{
    /// <summary>The parent domain of every node. A route key cannot leave it.</summary>
    public required string Suffix { get; init; }

    /// <summary>The port of the nodes, 1 to 65535, for their A and AAAA records. 0 uses SRV records, which contain the ports.</summary>
    public int Port { get; init; }

    /// <summary>The prefix of a node's name in questions for SRV records; empty = none.</summary>
    public string Service { get; init; } = "_sluice._tcp";

    /// <summary>Name servers, in the order in which they are tried; empty = those of the system.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>The time limit of one question to one server.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The shortest time for which an answer is used, whatever its TTL.</summary>
    public TimeSpan LeastTimeToLive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time for which an answer is used, whatever its TTL.</summary>
    public TimeSpan MostTimeToLive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an expired answer is used while no server answers (RFC 8767).</summary>
    public TimeSpan StaleFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long it is remembered that a name does not exist, or that no server could answer.</summary>
    public TimeSpan NegativeTimeToLive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The most names remembered: this many that exist, and as many that do not.</summary>
    public int MaxNames { get; init; } = 10_000;

    /// <summary>The most names asked for at a time. A client beyond that gets a stale answer, or <c>busy</c>.</summary>
    public int MaxQueries { get; init; } = 256;
}
