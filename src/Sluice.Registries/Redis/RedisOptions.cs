using System.Net;

namespace Sluice.Registries.Redis;

/// <summary>Where Redis is, and how to log in. Not a record, so that nothing prints the password.</summary>
public sealed class RedisOptions
{
    /// <summary>The server: an address, or a name that is looked up for each connection.</summary>
    public required EndPoint Server { get; init; }

    /// <summary>The prefix of the keys of nodes. A node's name follows it.</summary>
    public string Prefix { get; init; } = "sluice:nodes:";

    /// <summary>Number of the database, 0 or more.</summary>
    public int Database { get; init; }

    /// <summary>User of the server's access list; null = its default user.</summary>
    public string? Username { get; init; }

    /// <summary>Password; null = none.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// Returns the current password for each connection, so that a rotated one needs no restart; null = <see cref="Password"/>.
    /// </summary>
    /// <remarks>An exception counts as a failed connection, which is retried.</remarks>
    public Func<string>? ReadPassword { get; init; }

    /// <summary>Whether to use TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file with the trusted authorities for <see cref="Tls"/>; null = those of the system.</summary>
    public string? CaFile { get; init; }
}
