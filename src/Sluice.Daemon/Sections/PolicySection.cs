using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway;
using Sluice.Gateway.Policy;

namespace Sluice.Daemon.Sections;

/// <summary><c>[policy]</c>: which backends may be dialled.</summary>
internal static class PolicySection
{
    private static readonly PolicyRulesKind Rules = new();

    public static readonly Section<GatewayOptions> Table = new("policy", new GatewayOptions());

    public static readonly Setting<IReadOnlyList<PolicyRule>?> Allow = Table.Add("allow", Rules,
        "Backends that may be dialled, as [rules](policy-and-limits.md#policy-rules). "
        + "Not set: loopback, private IPv4 networks, and the unique-local IPv6 networks that this machine is in. "
        + "An empty list allows none.",
        options => options.Allow, (options, value) => options with { Allow = value });

    public static readonly Setting<IReadOnlyList<PolicyRule>?> Deny = Table.Add("deny", Rules,
        "Backends that may not be dialled, even if `allow` has them.",
        options => options.Deny, (options, value) => options with { Deny = value ?? [] });

    public static readonly Setting<IReadOnlyList<string>> Nat64Prefixes = Table.Add("nat64_prefixes",
        new TextListKind(
            "a list of IPv6 prefixes with 32, 40, 48, 56, 64 or 96 bits, for example [\"2001:db8:64::/96\"]",
            text => Nat64Prefix.TryParse(text, out _)),
        "Prefixes under which this network translates IPv6 to IPv4 (NAT64, RFC 6052), besides `64:ff9b::/96` and `64:ff9b:1::/48`. "
        + "See [NAT64](policy-and-limits.md#nat64).",
        options => [.. options.Nat64Prefixes.Select(prefix => prefix.ToString())],
        (options, value) => options with { Nat64Prefixes = [.. value.Select(Parse)] });

    private static Nat64Prefix Parse(string text) =>
        Nat64Prefix.TryParse(text, out Nat64Prefix? prefix) ? prefix : throw new FormatException(text);
}
