using System.Diagnostics.CodeAnalysis;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;

namespace Sluice.Gateway.Policy;

/// <summary>
/// One entry of <c>allow</c> or <c>deny</c>: an address range or a host name pattern, with optional ports and an optional protocol.
/// </summary>
/// <remarks>
/// <c>10.0.0.0/8</c> · <c>10.0.0.0/8:7000-7999</c> · <c>[2001:db8::]/32:7000</c> · <c>game.internal</c> · <c>*.game.internal:9000</c> ·
/// <c>kcp://10.0.0.0/8:7000-7999</c> · <c>tcp://game.internal</c>. Without a protocol a rule matches both. A pattern's <c>*.</c> stands for
/// one label or more. A name is matched as the key wrote it; a range, by what is about to be dialled.
/// </remarks>
public sealed class PolicyRule
{
    private readonly string _text;
    private readonly AddressRange? _range;
    private readonly string? _name;
    private readonly int _firstPort;
    private readonly int _lastPort;
    private readonly BackendProtocol _protocol;

    private PolicyRule(string text, BackendProtocol protocol, AddressRange? range, string? name, int firstPort, int lastPort)
    {
        _text = text;
        _protocol = protocol;
        _range = range;
        _name = name;
        _firstPort = firstPort;
        _lastPort = lastPort;
    }

    /// <summary>Reads a rule.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PolicyRule? rule)
    {
        rule = null;
        string target = Backend.AfterScheme(text, out BackendProtocol protocol).ToString();
        if (target.Length == 0 || !TrySplit(target, out string host, out int first, out int last))
        {
            return false;
        }

        if (AddressRange.TryParse(host, out AddressRange range))
        {
            rule = new PolicyRule(text!, protocol, range, null, first, last);
        }
        else if (HostText.IsName(host.StartsWith("*.", StringComparison.Ordinal) ? host.AsSpan(2) : host))
        {
            rule = new PolicyRule(text!, protocol, null, host.TrimEnd('.'), first, last);
        }

        return rule is not null;
    }

    /// <summary>Whether the rule is written for KCP alone.</summary>
    internal bool IsForKcp => _protocol == BackendProtocol.Kcp;

    /// <summary>Returns true if the rule's range or name, and its ports, match a backend, whatever the protocol.</summary>
    /// <param name="name">The host name that the address was looked up for, if any.</param>
    /// <param name="address">The address about to be dialled.</param>
    public bool Matches(string? name, in NetworkAddress address) =>
        HasPort(address.Port) && (_range is { } range ? range.Contains(address) : name is not null && MatchesName(name));

    /// <summary>Returns true if the rule matches a backend that is dialled with a protocol.</summary>
    /// <param name="protocol">The protocol to dial with: <see cref="Protocol.Kcp"/>, or anything else for TCP.</param>
    /// <param name="name">The host name that the address was looked up for, if any.</param>
    /// <param name="address">The address about to be dialled.</param>
    public bool Matches(Protocol protocol, string? name, in NetworkAddress address) => HasProtocol(protocol) && Matches(name, address);

    /// <summary>Returns true if the rule could match this port of some address of the name.</summary>
    internal bool MayMatch(Protocol protocol, string name, int port) =>
        HasProtocol(protocol) && HasPort(port) && (_range is not null || MatchesName(name));

    /// <summary>Returns true if the rule matches this port of every address of the name.</summary>
    internal bool MatchesEveryAddressOf(Protocol protocol, string name, int port) =>
        HasProtocol(protocol) && HasPort(port) && _range is null && MatchesName(name);

    /// <summary>The rule as it was written.</summary>
    public override string ToString() => _text;

    private bool HasProtocol(Protocol protocol) =>
        _protocol == BackendProtocol.AsClient || IsForKcp == (protocol == Protocol.Kcp);

    private bool HasPort(int port) => port >= _firstPort && port <= _lastPort;

    private bool MatchesName(string name)
    {
        ReadOnlySpan<char> asked = name.AsSpan().TrimEnd('.');
        return _name!.StartsWith("*.", StringComparison.Ordinal)
            ? asked.Length > _name.Length - 1 && asked.EndsWith(_name.AsSpan(1), StringComparison.OrdinalIgnoreCase)
            : asked.Equals(_name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Splits off the ports. IPv6 with ports stands in brackets, around the address or around the range.</summary>
    private static bool TrySplit(string text, out string host, out int first, out int last)
    {
        (host, first, last) = (text, 1, ushort.MaxValue);
        string? ports = null;
        if (text[0] == '[')
        {
            int bracket = text.IndexOf(']', StringComparison.Ordinal);
            if (bracket < 0)
            {
                return false;
            }

            string rest = text[(bracket + 1)..];
            int colon = rest.IndexOf(':', StringComparison.Ordinal);
            ports = colon < 0 ? null : rest[(colon + 1)..];
            string prefix = colon < 0 ? rest : rest[..colon];
            host = text[1..bracket] + prefix;
            if (!host.Contains(':', StringComparison.Ordinal) || (prefix.Length > 0 && prefix[0] != '/'))
            {
                return false;
            }
        }
        else if (text.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0 && colon == text.LastIndexOf(':'))
        {
            (host, ports) = (text[..colon], text[(colon + 1)..]);
        }

        return ports is null || TryParsePorts(ports, out first, out last);
    }

    private static bool TryParsePorts(string ports, out int first, out int last)
    {
        int dash = ports.IndexOf('-', StringComparison.Ordinal);
        last = 0;
        return HostText.TryParsePort(dash < 0 ? ports : ports.AsSpan(0, dash), out first)
            && HostText.TryParsePort(dash < 0 ? ports : ports.AsSpan(dash + 1), out last)
            && first <= last;
    }
}
