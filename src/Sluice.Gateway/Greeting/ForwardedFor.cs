using System.Net;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Routing;
using Sluice.Transport;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>Finds the client in <c>X-Forwarded-For</c>, to which every proxy on the way appends its peer.</summary>
internal static class ForwardedFor
{
    private const string Header = "X-Forwarded-For";

    /// <summary>No real chain of trusted proxies is longer; addresses beyond it may be forged.</summary>
    private const int MaxSteps = 16;

    /// <summary>
    /// Returns the last address that is not a trusted proxy's. An unreadable one ends the search: nothing to its left can be trusted.
    /// </summary>
    /// <param name="request">The request of a trusted peer.</param>
    /// <param name="peer">That peer; it is the client if the header names none.</param>
    /// <param name="trusted">Proxies whose header is trusted.</param>
    public static NetworkAddress Client(UpgradeRequest request, in NetworkAddress peer, AddressSet trusted)
    {
        NetworkAddress client = peer;
        foreach (string item in request.Items(Header).Reverse().Take(MaxSteps))
        {
            if (!trusted.Contains(client) || !TryParse(item, out NetworkAddress address))
            {
                break;
            }

            client = address;
        }

        return client;
    }

    /// <summary>
    /// An address, also as <c>192.0.2.1:4711</c>, <c>[2001:db8::1]</c> and <c>[2001:db8::1]:4711</c>: some proxies write the port.
    /// </summary>
    private static bool TryParse(ReadOnlySpan<char> text, out NetworkAddress address)
    {
        address = default;
        int port = 0;
        ReadOnlySpan<char> host = text;
        int colon = text.LastIndexOf(':');
        bool hasPort = colon > 0 && (text[colon - 1] == ']' || !text[..colon].Contains(':'));
        if (hasPort)
        {
            if (!HostText.TryParsePort(text[(colon + 1)..], out port))
            {
                return false;
            }

            host = text[..colon];
        }

        bool bracketed = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        IPAddress? ip;
        if (!HostText.TryParseIPv6(bracketed ? host[1..^1] : host, out ip) && (bracketed || !HostText.TryParseIPv4(host, out ip)))
        {
            return false;
        }

        address = NetworkAddress.From(ip!, (ushort)port);
        return true;
    }
}
