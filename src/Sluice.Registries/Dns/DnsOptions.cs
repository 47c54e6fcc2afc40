using System.Net;

namespace Sluice.Registries.Dns;

/// <summary>Which names are nodes, and who is asked about them.</summary>
public sealed record DnsOptions
{
    /// <summary>The domain that every node is below; a key cannot leave it.</summary>
    public required string Suffix { get; init; }

    /// <summary>1 to 65535: a node's addresses are its A and AAAA records, with this port. 0: its SRV records, which bring their ports along.</summary>
    public int Port { get; init; }

    /// <summary>What stands before a node's name where SRV records are asked for; empty = nothing.</summary>
    public string Service { get; init; } = "_sluice._tcp";

    /// <summary>Name servers, in the order in which they are tried; empty = those of the system.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>How long one question to one server may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>An answer is used at least so long, whatever its TTL says.</summary>
    public TimeSpan LeastTimeToLive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An answer is used at most so long, whatever its TTL says.</summary>
    public TimeSpan MostTimeToLive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an answer is used after its time, while no server answers (RFC 8767).</summary>
    public TimeSpan StaleFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long it is remembered that a name does not exist, or that nobody could say.</summary>
    public TimeSpan NegativeTimeToLive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Names that are remembered: so many that exist, and as many that do not.</summary>
    public int MaxNames { get; init; } = 10_000;

    /// <summary>Names that may be asked for at one time; a client above it gets a stale answer, or <c>busy</c>.</summary>
    public int MaxQueries { get; init; } = 256;
}
