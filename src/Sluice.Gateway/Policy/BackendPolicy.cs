using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>
/// Which backends may be dialled. Asked for every concrete address, after names were looked up, right before that very address is dialled;
/// and for a name before, since some may not be dialled whatever their addresses are.
/// </summary>
/// <remarks>
/// In this order: what is never dialled (link-local, multicast, unspecified, clouds' metadata services, the gateway's own listeners), <c>deny</c>, <c>allow</c>;
/// without <c>allow</c>, loopback and private networks and nothing else.
/// </remarks>
public sealed class BackendPolicy
{
    private const string Never = "never dialled: ";

    private static readonly (AddressRange Range, string Name)[] NeverDialled =
    [
        (AddressRange.Parse("0.0.0.0/8"), "unspecified"),
        (AddressRange.Parse("::/128"), "unspecified"),
        (AddressRange.Parse("169.254.0.0/16"), "link-local"),
        (AddressRange.Parse("fe80::/10"), "link-local"),
        (AddressRange.Parse("224.0.0.0/4"), "multicast"),
        (AddressRange.Parse("255.255.255.255/32"), "broadcast"),
        (AddressRange.Parse("ff00::/8"), "multicast"),

        // Whoever can ask these gets the machine's credentials or its set-up. Those of most clouds are link-local; these are not, and some lie in
        // ranges that are allowed by default.
        (AddressRange.Parse("fd00:ec2::/64"), "cloud metadata"),        // AWS: ::254, and ::23 for EKS
        (AddressRange.Parse("fd20:ce::254/128"), "cloud metadata"),     // Google
        (AddressRange.Parse("fd00:42::42/128"), "cloud metadata"),      // Scaleway
        (AddressRange.Parse("100.100.100.200/32"), "cloud metadata"),   // Alibaba
        (AddressRange.Parse("168.63.129.16/32"), "cloud metadata"),     // Azure
        (AddressRange.Parse("192.0.0.192/32"), "cloud metadata"),       // Oracle
    ];

    private static readonly AddressRange[] AllowedByDefault =
    [
        AddressRange.Parse("127.0.0.0/8"),
        AddressRange.Parse("::1/128"),
        AddressRange.Parse("10.0.0.0/8"),
        AddressRange.Parse("172.16.0.0/12"),
        AddressRange.Parse("192.168.0.0/16"),
        AddressRange.Parse("fc00::/7"),
    ];

    private readonly Dictionary<string, Verdict> _never;
    private readonly Verdict _ownListener = new(false, $"{Never}a listener of this gateway");
    private readonly (PolicyRule Rule, Verdict Verdict)[] _deny;
    private readonly (PolicyRule Rule, Verdict Verdict)[]? _allow;
    private readonly Verdict _notInAllow = new(false, "not in allow");
    private readonly Verdict _allowedByDefault = new(true, "default: loopback and private networks");
    private readonly Verdict _deniedByDefault = new(false, "default: neither loopback nor a private network");
    private readonly OwnListeners _ownListeners;

    /// <summary>Creates a policy.</summary>
    /// <param name="allow">What may be dialled; null = loopback and private networks.</param>
    /// <param name="deny">What may not, whatever <paramref name="allow"/> says.</param>
    /// <param name="ownListeners">Where the gateway itself listens.</param>
    public BackendPolicy(IReadOnlyList<PolicyRule>? allow, IReadOnlyList<PolicyRule> deny, OwnListeners ownListeners)
    {
        ArgumentNullException.ThrowIfNull(deny);
        _never = NeverDialled.Select(never => never.Name).Distinct(StringComparer.Ordinal)
            .ToDictionary(name => name, name => new Verdict(false, Never + name), StringComparer.Ordinal);
        _deny = [.. deny.Select(rule => (rule, new Verdict(false, $"deny {rule}")))];
        _allow = allow is null ? null : [.. allow.Select(rule => (rule, new Verdict(true, $"allow {rule}")))];
        _ownListeners = ownListeners;
    }

    /// <summary>What was decided since the start, rule by rule, in the order in which they are asked. Rules that never decided are there too.</summary>
    public IReadOnlyList<PolicyTally> Tallies
    {
        get
        {
            IEnumerable<Verdict> allow = _allow is null ? [_allowedByDefault, _deniedByDefault] : [.. _allow.Select(pair => pair.Verdict), _notInAllow];
            return [.. _never.Values.Append(_ownListener).Concat(_deny.Select(pair => pair.Verdict)).Concat(allow).Select(verdict => verdict.Tally)];
        }
    }

    /// <summary>Decides about one address, and counts the decision.</summary>
    /// <param name="protocol">What it would be dialled with: KCP, or TCP.</param>
    /// <param name="name">The host name that it was looked up for; null where the key named the address.</param>
    /// <param name="address">Address and port.</param>
    public PolicyDecision Check(Protocol protocol, string? name, in NetworkAddress address) => Judge(protocol, name, address).Give();

    /// <summary>
    /// What can be said of a name before it is looked up: a refusal, counted, that none of its addresses could change; null = it depends on them.
    /// Whoever may not be dialled anyhow costs no question to a name server.
    /// </summary>
    internal PolicyDecision? CheckName(string name, int port)
    {
        foreach ((PolicyRule rule, Verdict verdict) in _deny)
        {
            if (rule.MatchesEveryAddressOf(name, port))
            {
                return verdict.Give();
            }
        }

        return _allow is null || Array.Exists(_allow, allow => allow.Rule.MayMatch(name, port)) ? null : _notInAllow.Give();
    }

    private Verdict Judge(Protocol protocol, string? name, in NetworkAddress address)
    {
        Verdict? refusal = Refuse(protocol, name, address);
        if (refusal is null && !address.IsIPv4)
        {
            refusal = RefuseEmbedded(protocol, name, address);
        }

        return refusal ?? (_allow is null ? ByDefault(address) : ByAllowList(name, address));
    }

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

    /// <summary>What speaks against an address, whatever <c>allow</c> says; null = nothing.</summary>
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
            if (rule.Matches(name, address))
            {
                return verdict;
            }
        }

        return null;
    }

    private Verdict ByAllowList(string? name, in NetworkAddress address)
    {
        foreach ((PolicyRule rule, Verdict verdict) in _allow!)
        {
            if (rule.Matches(name, address))
            {
                return verdict;
            }
        }

        return _notInAllow;
    }

    private Verdict ByDefault(in NetworkAddress address)
    {
        foreach (AddressRange range in AllowedByDefault)
        {
            if (range.Contains(address))
            {
                return _allowedByDefault;
            }
        }

        return _deniedByDefault;
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

        return null;
    }
}
