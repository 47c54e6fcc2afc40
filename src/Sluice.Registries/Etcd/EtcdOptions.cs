namespace Sluice.Registries.Etcd;

/// <summary>Where etcd is, and how to log in. Not a record, so that nothing prints the password.</summary>
public sealed class EtcdOptions
{
    /// <summary>The members of the cluster, <c>http</c> or <c>https</c>. One at a time is used, and another if it fails.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>The prefix of the keys of nodes. A node's name follows it.</summary>
    public string Prefix { get; init; } = "/sluice/nodes/";

    /// <summary>User; null = none.</summary>
    public string? Username { get; init; }

    /// <summary>Password of <see cref="Username"/>.</summary>
    public string? Password { get; init; }

    /// <summary>
    /// Returns the current password at each login, so that a rotated one needs no restart; null = <see cref="Password"/>.
    /// </summary>
    /// <remarks>An exception counts as a failed connection, which is retried.</remarks>
    public Func<string>? ReadPassword { get; init; }

    /// <summary>PEM file with the trusted authorities for <c>https</c> endpoints; null = those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the client certificate for <c>https</c> endpoints; null = none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the private key of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }
}
