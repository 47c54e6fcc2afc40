using Sluice.Gateway.Policy;

namespace Sluice.Gateway.Limits;

/// <summary>Client addresses that are served. Connections of others are closed without an answer, and their datagrams dropped.</summary>
public sealed record ClientOptions
{
    /// <summary>Addresses that are served; null = all.</summary>
    public IReadOnlyList<AddressRange>? Allow { get; init; }

    /// <summary>Addresses that are not served, whatever <see cref="Allow"/> says.</summary>
    public IReadOnlyList<AddressRange> Deny { get; init; } = [];
}
