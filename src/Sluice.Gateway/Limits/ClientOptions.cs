using Sluice.Gateway.Policy;

namespace Sluice.Gateway.Limits;

/// <summary>Which client addresses are served. Others are closed without a word, and their datagrams dropped.</summary>
public sealed record ClientOptions
{
    /// <summary>Who is served; null = everybody.</summary>
    public IReadOnlyList<AddressRange>? Allow { get; init; }

    /// <summary>Who is not served, whatever <see cref="Allow"/> says.</summary>
    public IReadOnlyList<AddressRange> Deny { get; init; } = [];
}
