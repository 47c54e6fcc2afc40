using System.Diagnostics.CodeAnalysis;
using System.Net;
using Sluice.Transport;

namespace Sluice.Gateway.Routing;

/// <summary>Where a backend listens: an address, or a name that is looked up when it is dialled.</summary>
public sealed class Backend
{
    private Backend(string? name, in NetworkAddress address, int port)
    {
        Name = name;
        Address = address;
        Port = port;
    }

    /// <summary>A backend at a known address.</summary>
    public Backend(IPEndPoint endPoint)
        : this(null, NetworkAddress.From(endPoint), Required(endPoint).Port)
    {
    }

    /// <summary>The host name, or null where the address is known.</summary>
    public string? Name { get; }

    /// <summary>The address, where there is no name.</summary>
    public NetworkAddress Address { get; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; }

    /// <summary>Reads <c>host:port</c> strictly: dotted decimal IPv4, IPv6 in brackets, or a DNS name; the port in plain decimal.</summary>
    /// <remarks>
    /// What other parsers take for an address without looking like one is refused: octal, hexadecimal and short IPv4 (inet_aton(3)),
    /// zones, blanks, control characters, and names whose last label is numeric (WHATWG URL, "ends in a number").
    /// </remarks>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Backend? backend)
    {
        backend = null;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !HostText.TryParsePort(text.AsSpan(colon + 1), out int port))
        {
            return false;
        }

        ReadOnlySpan<char> host = text.AsSpan(0, colon);
        if (host[0] == '[')
        {
            if (host[^1] == ']' && HostText.TryParseIPv6(host[1..^1], out IPAddress? ipv6))
            {
                backend = new Backend(null, NetworkAddress.From(ipv6, (ushort)port), port);
            }
        }
        else if (HostText.TryParseIPv4(host, out IPAddress? ipv4))
        {
            backend = new Backend(null, NetworkAddress.From(ipv4, (ushort)port), port);
        }
        else if (HostText.IsName(host))
        {
            backend = new Backend(host.ToString(), default, port);
        }

        return backend is not null;
    }

    /// <summary>As <c>host:port</c>.</summary>
    public override string ToString() => Name is null ? Address.ToString() : $"{Name}:{Port}";

    private static IPEndPoint Required(IPEndPoint endPoint)
    {
        ArgumentOutOfRangeException.ThrowIfZero(endPoint.Port, nameof(endPoint));
        return endPoint;
    }
}
