using System.Net;

namespace Sluice.Registries.Redis;

/// <summary>Where Redis is and how it is entered. A class and no record: nothing prints the password.</summary>
public sealed class RedisOptions
{
    /// <summary>The server: an address, or a name that is looked up at each connection.</summary>
    public required EndPoint Server { get; init; }

    /// <summary>What the keys of nodes begin with; what follows is a node's name.</summary>
    public string Prefix { get; init; } = "sluice:nodes:";

    /// <summary>Number of the database, from 0 on.</summary>
    public int Database { get; init; }

    /// <summary>User of the server's access list; null = its default user.</summary>
    public string? Username { get; init; }

    /// <summary>Password; null = none.</summary>
    public string? Password { get; init; }

    /// <summary>Reads the password anew, called at each connection so that a rotated password needs no restart; null = <see cref="Password"/>.</summary>
    /// <remarks>What it throws counts as a failed connection, which is tried again.</remarks>
    public Func<string>? ReadPassword { get; init; }

    /// <summary>Whether TLS is spoken.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file with the authorities that <see cref="Tls"/> believes; null = those of the system.</summary>
    public string? CaFile { get; init; }
}
