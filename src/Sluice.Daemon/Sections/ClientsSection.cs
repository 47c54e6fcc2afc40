using Sluice.Daemon.Configuration;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Sections;

/// <summary><c>[clients]</c>: which clients are served.</summary>
internal static class ClientsSection
{
    public static readonly Section<ClientOptions> Table = new("clients", new ClientOptions());

    public static readonly Setting<IReadOnlyList<AddressRange>?> Allow = Table.Add("allow", GateKinds.Ranges,
        "Clients that are served. Others are closed without an answer. Not set: everybody. An empty list: nobody.",
        options => options.Allow, (options, value) => options with { Allow = value });

    public static readonly Setting<IReadOnlyList<AddressRange>?> Deny = Table.Add("deny", GateKinds.Ranges,
        "Clients that are not served, even if `allow` has them.",
        options => options.Deny, (options, value) => options with { Deny = value ?? [] });
}
