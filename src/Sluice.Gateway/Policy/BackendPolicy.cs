using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>
/// Decides which backends may be dialled. The dialer asks for every concrete address, after names were looked up and right before it dials
/// that very address. It also asks for a name beforehand, because some names are denied whatever their addresses are.
/// </summary>
/// <remarks>
/// The order is: what is never dialled (link-local, multicast, unspecified, metadata services of clouds, the gateway's own listeners),
/// <c>deny</c>, <c>allow</c>. Without <c>allow</c>, the policy allows loopback, private IPv4 networks, and unique-local IPv6 networks that
/// the machine itself has an address in.
/// </remarks>
public sealed class BackendPolicy
{
    private const string Never = "never dialled: ";
    private const string CloudMetadata = "cloud metadata";

    /// <summary>169.254.169.254 as a number.</summary>
    private const uint MetadataIPv4 = 0xa9fe_a9fe;

    private static readonly AddressRange UniqueLocal = AddressRange.Parse("fc00::/7");
    private static readonly AddressRange Loopback = AddressRange.Parse("127.0.0.0/8");

    private static readonly (AddressRange Range, string Name)[] NeverDialled =
    [
        (AddressRange.Parse("0.0.0.0/8"), "unspecified"),
        (AddressRange.Parse("::/128"), "unspecified"),
        (AddressRange.Parse("169.254.0.0/16"), "link-local"),
        (AddressRange.Parse("fe80::/10"), "link-local"),
        (AddressRange.Parse("224.0.0.0/4"), "multicast"),
        (AddressRange.Parse("255.255.255.255/32"), "broadcast"),
        (AddressRange.Parse("ff00::/8"), "multicast"),

        // These services hand out the machine's credentials or its set-up. Most clouds have them at a link-local address; these are
        // elsewhere, some in ranges that are allowed by default. 169.254.169.254 and its kind inside an IPv6 address at the end of a
        // unique-local address is denied as well, see IsDisguisedMetadata.
        (AddressRange.Parse("fd00:ec2::/32"), CloudMetadata),            // AWS, which keeps the range for its services: ::254, ::23 for EKS
        (AddressRange.Parse("fd20:ce::254/128"), CloudMetadata),         // Google
        (AddressRange.Parse("fd00:c1::a9fe:0/112"), CloudMetadata),      // Oracle: its link-local services over IPv6
        (AddressRange.Parse("fd00:a9fe:a9fe::/64"), CloudMetadata),      // Akamai
        (AddressRange.Parse("fd00:100::100:200/128"), CloudMetadata),    // Alibaba
        (AddressRange.Parse("fd00:42::42/128"), CloudMetadata),          // Scaleway
        (AddressRange.Parse("100.100.100.200/32"), CloudMetadata),       // Alibaba
        (AddressRange.Parse("168.63.129.16/32"), CloudMetadata),         // Azure
        (AddressRange.Parse("192.0.0.192/32"), CloudMetadata),           // Oracle
    ];

    private static readonly AddressRange[] AllowedByDefault =
    [
        Loopback,
        AddressRange.Parse("::1/128"),
        AddressRange.Parse("10.0.0.0/8"),
        AddressRange.Parse("172.16.0.0/12"),
        AddressRange.Parse("192.168.0.0/16"),
    ];

    private readonly Dictionary<string, Verdict> _never;
    private readonly Verdict _ownListener = new(false, $"{Never}a listener of this gateway");
    private readonly (PolicyRule Rule, Verdict Verdict)[] _deny;
    private readonly (PolicyRule Rule, Verdict Verdict)[]? _allow;
    private readonly Verdict _notInAllow = new(false, "not in allow");
    private readonly Verdict _allowedByDefault = new(true, "default: loopback and private networks");
    private readonly Verdict _deniedByDefault = new(false, "default: neither loopback nor a private network");
    private readonly Verdict _notOurNetwork = new(false, "default: a unique-local network that this machine has no address in");
    private readonly Verdict _kcpNotNamed = new(false, "kcpgate is off, and no rule of allow names kcp://");
    private readonly OwnListeners _ownListeners;
    private readonly MachineNetworks _machine;
    private readonly Nat64Prefix[] _nat64;
    private readonly bool _kcpNeedsRule;

    /// <summary>Creates a policy.</summary>
    /// <param name="allow">What may be dialled; null = loopback and private networks.</param>
    /// <param name="deny">What may not, whatever <paramref name="allow"/> says.</param>
    /// <param name="ownListeners">Where the gateway itself listens.</param>
    /// <param name="nat64Prefixes">Prefixes under which this network reaches IPv4, besides the well-known ones. Null = none.</param>
    /// <param name="kcpNeedsRule">Whether KCP backends are allowed only by a rule of <paramref name="allow"/> that says
    /// <c>kcp://</c>.</param>
    public BackendPolicy(
        IReadOnlyList<PolicyRule>? allow,
        IReadOnlyList<PolicyRule> deny,
        OwnListeners ownListeners,
        IReadOnlyList<Nat64Prefix>? nat64Prefixes = null,
        bool kcpNeedsRule = false)
        : this(allow, deny, ownListeners, nat64Prefixes, kcpNeedsRule, new MachineNetworks(TimeProvider.System))
    {
    }

    internal BackendPolicy(
        IReadOnlyList<PolicyRule>? allow,
        IReadOnlyList<PolicyRule> deny,
        OwnListeners ownListeners,
        IReadOnlyList<Nat64Prefix>? nat64Prefixes,
        bool kcpNeedsRule,
        MachineNetworks machine)
    {
        ArgumentNullException.ThrowIfNull(deny);
        _machine = machine;
        _nat64 = [.. (nat64Prefixes ?? []).OrderByDescending(prefix => prefix.Bits)]; // As routing does, the longest prefix counts.
        _kcpNeedsRule = kcpNeedsRule;
        _never = NeverDialled.Select(never => never.Name).Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, name => new Verdict(false, Never + name), StringComparer.Ordinal);
        _deny = [.. deny.Select(rule => (rule, new Verdict(false, $"deny {rule}")))];
        _allow = allow is null ? null : [.. allow.Select(rule => (rule, new Verdict(true, $"allow {rule}")))];
        _ownListeners = ownListeners;
    }

    /// <summary>
    /// What was decided since the start, rule by rule, in the order in which they are asked. Rules that never decided are there too.
    /// </summary>
    public IReadOnlyList<PolicyTally> Tallies
    {
        get
        {
            IEnumerable<Verdict> allow = _allow is null
                ? [_allowedByDefault, _notOurNetwork, _deniedByDefault]
                : [.. _allow.Select(pair => pair.Verdict), _notInAllow];
            IEnumerable<Verdict> kcp = _kcpNeedsRule ? [_kcpNotNamed] : [];
            IEnumerable<Verdict> deny = _never.Values.Append(_ownListener).Concat(_deny.Select(pair => pair.Verdict));
            return [.. deny.Concat(kcp).Concat(allow).Select(verdict => verdict.Tally)];
        }
    }

    /// <summary>Decides about one address, and counts the decision.</summary>
    /// <param name="protocol">What it would be dialled with: KCP, or TCP.</param>
    /// <param name="name">The host name that it was looked up for; null where the key named the address.</param>
    /// <param name="address">Address and port.</param>
    public PolicyDecision Check(Protocol protocol, string? name, in NetworkAddress address) => Judge(protocol, name, address).Give();

    /// <summary>
    /// Decides about a name before it is looked up, so that a name that is denied anyhow costs no question to a name server.
    /// </summary>
    /// <returns>A refusal, counted, that no address of the name could change; null = it depends on the addresses.</returns>
    internal PolicyDecision? CheckName(Protocol protocol, string name, int port)
    {
        foreach ((PolicyRule rule, Verdict verdict) in _deny)
        {
            if (rule.MatchesEveryAddressOf(protocol, name, port))
            {
                return verdict.Give();
            }
        }

        bool onlyKcpRules = OnlyKcpRules(protocol);
        foreach ((PolicyRule rule, _) in _allow ?? [])
        {
            if ((rule.IsForKcp || !onlyKcpRules) && rule.MayMatch(protocol, name, port))
            {
                return null;
            }
        }

        return onlyKcpRules ? _kcpNotNamed.Give() : _allow is null ? null : _notInAllow.Give();
    }

    private Verdict Judge(Protocol protocol, string? name, in NetworkAddress address)
    {
        bool isTranslated = false;
        NetworkAddress translated = default;
        Verdict? refusal = Refuse(protocol, name, address) ?? (address.IsIPv4 ? null : RefuseEmbedded(protocol, name, address));
        for (int i = 0; i < _nat64.Length && !isTranslated && refusal is null; i++)
        {
            if (_nat64[i].TryRead(address, out translated))
            {
                isTranslated = true;
                refusal = Refuse(protocol, name, translated);
            }
        }

        if (refusal is not null)
        {
            return refusal;
        }

        bool onlyKcpRules = OnlyKcpRules(protocol);
        if (_allow is null && !onlyKcpRules)
        {
            return ByDefault(address, isTranslated, translated);
        }

        return ByAllowList(protocol, name, address, onlyKcpRules)
            ?? (isTranslated && !Loopback.Contains(translated) ? ByAllowList(protocol, name, translated, onlyKcpRules) : null)
            ?? (onlyKcpRules ? _kcpNotNamed : _notInAllow);
    }

    /// <summary>Returns true if rules without a protocol, and the default, do not reach this backend.</summary>
    private bool OnlyKcpRules(Protocol protocol) => _kcpNeedsRule && protocol == Protocol.Kcp;

    private Verdict? RefuseEmbedded(Protocol protocol, string? name, in NetworkAddress address)
    {
        Span<NetworkAddress> embedded = stackalloc NetworkAddress[EmbeddedIPv4.Most];
        Verdict? refusal = null;
        for (int i = EmbeddedIPv4.Read(address, embedded) - 1; i >= 0 && refusal is null; i--)
        {
            refusal = Refuse(protocol, name, embedded[i]);
        }

        return refusal;
    }

    /// <summary>Returns what speaks against an address, whatever <c>allow</c> says; null = nothing.</summary>
    private Verdict? Refuse(Protocol protocol, string? name, in NetworkAddress address)
    {
        if (NeverDialledName(address) is { } never)
        {
            return _never[never];
        }

        if (_ownListeners.Contains(protocol, address))
        {
            return _ownListener;
        }

        foreach ((PolicyRule rule, Verdict verdict) in _deny)
        {
            if (rule.Matches(protocol, name, address))
            {
                return verdict;
            }
        }

        return null;
    }

    private Verdict? ByAllowList(Protocol protocol, string? name, in NetworkAddress address, bool onlyKcpRules)
    {
        foreach ((PolicyRule rule, Verdict verdict) in _allow ?? [])
        {
            if ((rule.IsForKcp || !onlyKcpRules) && rule.Matches(protocol, name, address))
            {
                return verdict;
            }
        }

        return null;
    }

    private Verdict ByDefault(in NetworkAddress address, bool isTranslated, in NetworkAddress translated)
    {
        if (isTranslated)
        {
            // The loopback of a translator is not ours.
            return IsAllowedByDefault(translated) && !Loopback.Contains(translated) ? _allowedByDefault : _deniedByDefault;
        }

        if (UniqueLocal.Contains(address))
        {
            // A cloud may put services that hand out credentials anywhere in this range, but not into a network of ours.
            return _machine.Contains(address) ? _allowedByDefault : _notOurNetwork;
        }

        return IsAllowedByDefault(address) ? _allowedByDefault : _deniedByDefault;
    }

    private static bool IsAllowedByDefault(in NetworkAddress address)
    {
        foreach (AddressRange range in AllowedByDefault)
        {
            if (range.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static string? NeverDialledName(in NetworkAddress address)
    {
        UInt128 number = AddressRange.ToNumber(address);
        foreach ((AddressRange range, string name) in NeverDialled)
        {
            if (range.Contains(number))
            {
                return name;
            }
        }

        return IsDisguisedMetadata(number) ? CloudMetadata : null;
    }

    /// <summary>
    /// A unique-local address that ends in 169.254.169.254: how clouds carry that service over to IPv6, and what a NAT64 prefix in that
    /// range that nobody told us of makes of it.
    /// </summary>
    private static bool IsDisguisedMetadata(UInt128 address) => (uint)address == MetadataIPv4 && UniqueLocal.Contains(address);
}
