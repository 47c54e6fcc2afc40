using System.Diagnostics.CodeAnalysis;
using System.Net;
using Sluice.Transport;

namespace Sluice.Gateway.Routing;

/// <summary>Where a backend listens: an address, or a name that is looked up when it is dialled.</summary>
public sealed class Backend
{
    private Backend(string? name, in NetworkAddress address, int port, BackendProtocol protocol = default)
    {
        Name = name;
        Address = address;
        Port = port;
        Protocol = protocol;
    }

    /// <summary>A backend at a known address.</summary>
    public Backend(IPEndPoint endPoint, BackendProtocol protocol = BackendProtocol.AsClient)
        : this(null, NetworkAddress.From(endPoint), Required(endPoint).Port, protocol)
    {
    }

    /// <summary>The host name, or null where the address is known.</summary>
    public string? Name { get; }

    /// <summary>The address, where there is no name.</summary>
    public NetworkAddress Address { get; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; }

    /// <summary>What it speaks.</summary>
    public BackendProtocol Protocol { get; }

    /// <summary>
    /// Reads <c>host:port</c> strictly: dotted decimal IPv4, IPv6 in brackets, or a DNS name; the port in plain decimal. In front may stand
    /// <c>tcp://</c> or <c>kcp://</c>, in small or in capital letters, for a backend that speaks just that.
    /// </summary>
    /// <remarks>
    /// What other parsers take for an address without looking like one is refused: octal, hexadecimal and short IPv4 (inet_aton(3)),
    /// zones, blanks, control characters, and names whose last label is numeric (WHATWG URL, "ends in a number").
    /// </remarks>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Backend? backend)
    {
        backend = null;
        ReadOnlySpan<char> hostPort = AfterScheme(text, out BackendProtocol protocol);
        int colon = hostPort.LastIndexOf(':');
        return colon > 0
            && HostText.TryParsePort(hostPort[(colon + 1)..], out int port)
            && TryCreate(hostPort[..colon], inBrackets: true, port, protocol, out backend);
    }

    /// <summary>Reads a host as <see cref="TryParse(string?, out Backend?)"/> does; IPv6 stands in brackets or without.</summary>
    public static bool TryParse(string? host, int port, BackendProtocol protocol, [NotNullWhen(true)] out Backend? backend)
    {
        backend = null;
        return port is >= 1 and <= ushort.MaxValue
            && !string.IsNullOrEmpty(host)
            && TryCreate(host, inBrackets: host[0] == '[', port, protocol, out backend);
    }

    private static bool TryCreate(
        ReadOnlySpan<char> host, bool inBrackets, int port, BackendProtocol protocol, [NotNullWhen(true)] out Backend? backend)
    {
        backend = null;
        bool bracketed = inBrackets && host[0] == '[' && host[^1] == ']';
        if (bracketed || (!inBrackets && host.Contains(':')))
        {
            if (HostText.TryParseIPv6(bracketed ? host[1..^1] : host, out IPAddress? ipv6))
            {
                backend = new Backend(null, NetworkAddress.From(ipv6, (ushort)port), port, protocol);
            }
        }
        else if (HostText.TryParseIPv4(host, out IPAddress? ipv4))
        {
            backend = new Backend(null, NetworkAddress.From(ipv4, (ushort)port), port, protocol);
        }
        else if (HostText.IsName(host))
        {
            backend = new Backend(host.ToString(), default, port, protocol);
        }

        return backend is not null;
    }

    /// <summary>As <c>host:port</c>, with the protocol in front where it is not left to the client's listener.</summary>
    public override string ToString() => Scheme + (Name is null ? Address.ToString() : $"{Name}:{Port}");

    private string Scheme => Protocol switch
    {
        BackendProtocol.Tcp => "tcp://",
        BackendProtocol.Kcp => "kcp://",
        _ => "",
    };

    /// <summary>Splits off <c>tcp://</c> or <c>kcp://</c>, in small or in capital letters.</summary>
    internal static ReadOnlySpan<char> AfterScheme(ReadOnlySpan<char> text, out BackendProtocol protocol)
    {
        protocol = text switch
        {
            ['t', 'c', 'p', ':', '/', '/', ..] or ['T', 'C', 'P', ':', '/', '/', ..] => BackendProtocol.Tcp,
            ['k', 'c', 'p', ':', '/', '/', ..] or ['K', 'C', 'P', ':', '/', '/', ..] => BackendProtocol.Kcp,
            _ => BackendProtocol.AsClient,
        };
        return protocol == BackendProtocol.AsClient ? text : text["tcp://".Length..];
    }

    private static IPEndPoint Required(IPEndPoint endPoint)
    {
        ArgumentOutOfRangeException.ThrowIfZero(endPoint.Port, nameof(endPoint));
        return endPoint;
    }
}
