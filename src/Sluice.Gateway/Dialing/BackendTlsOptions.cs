namespace Sluice.Gateway.Dialing;

/// <summary>How TCP backends are dialled with TLS.</summary>
public sealed record BackendTlsOptions
{
    /// <summary>PEM file with the trusted authorities; null = those of the system.</summary>
    public string? CaFile { get; init; }
}
