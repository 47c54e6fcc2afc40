using Sluice.Transport;

namespace Sluice.Gateway.ProxyProtocol;

/// <summary>What a PROXY protocol header says of a connection.</summary>
/// <param name="Source">The client.</param>
/// <param name="Destination">The address that the client connected to; null if it is not an IP address.</param>
internal readonly record struct ProxyHeader(NetworkAddress Source, NetworkAddress? Destination)
{
    /// <summary>No address: the proxy speaks for itself (LOCAL), or does not know (UNKNOWN, UNSPEC, a UNIX socket).</summary>
    public static readonly ProxyHeader OfTheProxyItself;

    /// <summary>False if the addresses of the connection itself count.</summary>
    public bool HasAddresses { get; private init; }

    /// <summary>A header that names the client.</summary>
    public static ProxyHeader Of(in NetworkAddress source, in NetworkAddress? destination) =>
        new(source, destination) { HasAddresses = true };
}
