namespace Sluice.Registries.Etcd;

/// <summary>Where etcd is and how it is entered. A class and no record: nothing prints the password.</summary>
public sealed class EtcdOptions
{
    /// <summary>The members of the cluster, <c>http</c> or <c>https</c>. One at a time is asked; another when that one fails.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>What the keys of nodes begin with; what follows is a node's name.</summary>
    public string Prefix { get; init; } = "/sluice/nodes/";

    /// <summary>User, where etcd wants one; null = none.</summary>
    public string? Username { get; init; }

    /// <summary>Password of <see cref="Username"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Reads the password anew, called at each login so that a rotated password needs no restart; null = <see cref="Password"/>.</summary>
    /// <remarks>What it throws counts as a failed connection, which is tried again.</remarks>
    public Func<string>? ReadPassword { get; init; }

    /// <summary>PEM file with the authorities that an <c>https</c> endpoint is believed by; null = those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the certificate that is shown to an <c>https</c> endpoint; null = none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the key of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }
}
