using System.Net;
using Sluice.Gateway.Limits;
using Sluice.Transport;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Sessions;

/// <summary>A listener, as far as the sessions of its clients depend on it.</summary>
internal sealed class Gate(Protocol protocol)
{
    public Protocol Protocol { get; } = protocol;

    /// <summary>Certificates, where it speaks TLS.</summary>
    public TlsServer? Tls { get; init; }

    /// <summary>Peers that begin with a PROXY protocol header.</summary>
    public AddressSet Proxies { get; init; } = AddressSet.Empty;

    /// <summary>Peers whose <c>X-Forwarded-For</c> is believed.</summary>
    public AddressSet Forwarders { get; init; } = AddressSet.Empty;

    /// <summary>Where it listens; of a socket for all addresses, their placeholder.</summary>
    public NetworkAddress Address { get; set; }

    /// <summary>True for a peer that may speak for others: who the client is shows later.</summary>
    public bool HidesClient(in NetworkAddress peer) => Proxies.Contains(peer) || Forwarders.Contains(peer);

    /// <summary>The address that a client connected to, as far as its own address family can say it.</summary>
    public NetworkAddress AddressFor(in NetworkAddress client) =>
        client.IsIPv4 && Address.ToIPAddress().Equals(IPAddress.IPv6Any) ? NetworkAddress.From(IPAddress.Any, Address.Port) : Address;
}
