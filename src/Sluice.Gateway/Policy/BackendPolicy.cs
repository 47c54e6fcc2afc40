using System.Buffers.Binary;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>
/// Which backends may be dialled. Asked for every concrete address, after names were looked up, right before that very address is dialled;
/// and for a name before, since some may not be dialled whatever their addresses are.
/// </summary>
/// <remarks>
/// In this order: what is never dialled (link-local, multicast, unspecified, the gateway's own listeners), <c>deny</c>, <c>allow</c>;
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

    /// <summary>IPv6 ranges whose last or middle four bytes are an IPv4 address that packets to them may end up at.</summary>
    private static readonly (AddressRange Range, int Offset)[] EmbedIPv4 =
    [
        (AddressRange.Parse("64:ff9b::/96"), 12),   // NAT64, RFC 6052
        (AddressRange.Parse("64:ff9b:1::/48"), 12), // NAT64 of local use, RFC 8215
        (AddressRange.Parse("2002::/16"), 2),       // 6to4, RFC 3056
        (AddressRange.Parse("::/96"), 12),          // IPv4-compatible, RFC 4291 2.5.5.1
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
        NetworkAddress? embedded = EmbeddedIPv4(address);
        string? never = NeverDialledName(address) ?? (embedded is { } inner ? NeverDialledName(inner) : null);
        if (never is not null)
        {
            return _never[never];
        }

        if (_ownListeners.Contains(protocol, address) || (embedded is { } hidden && _ownListeners.Contains(protocol, hidden)))
        {
            return _ownListener;
        }

        foreach ((PolicyRule rule, Verdict verdict) in _deny)
        {
            if (rule.Matches(name, address) || (embedded is { } ipv4 && rule.Matches(name, ipv4)))
            {
                return verdict;
            }
        }

        return _allow is null ? ByDefault(address) : ByAllowList(name, address);
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
        foreach ((AddressRange range, string name) in NeverDialled)
        {
            if (range.Contains(address))
            {
                return name;
            }
        }

        return null;
    }

    private static NetworkAddress? EmbeddedIPv4(in NetworkAddress address)
    {
        if (address.IsIPv4)
        {
            return null;
        }

        foreach ((AddressRange range, int offset) in EmbedIPv4)
        {
            if (range.Contains(address))
            {
                Span<byte> bytes = stackalloc byte[16];
                address.WriteIPv6(bytes);

                // ::1 and its neighbours share ::/96 with the compatible addresses; they are not IPv4 in disguise.
                bool lowest = BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) <= 0xffff && offset == 12 && bytes[1] == 0;
                return lowest ? null : NetworkAddress.FromBytes(bytes.Slice(offset, 4), address.Port);
            }
        }

        return null;
    }
}
