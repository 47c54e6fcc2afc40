using System.Net;
using Sluice.Gateway.Policy;
using Sluice.Transport.Tls;

namespace Sluice.Gateway.Gates;

/// <summary>The TCP listener and what it relays to.</summary>
public sealed record TcpGateOptions
{
    /// <summary>Where to listen; null = all addresses, IPv4 and IPv6.</summary>
    public IPAddress? Bind { get; init; }

    /// <summary>TCP port; 0 = a free one.</summary>
    public int Port { get; init; } = 7082;

    /// <summary>Time per dial attempt.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Relay with splice(2) if the kernel can; otherwise bytes are copied.</summary>
    public bool ZeroCopy { get; init; }

    /// <summary>Ends a session that carried no byte for this long; zero = never.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>Peers that begin every connection with a PROXY protocol header, and whose clients are those that it names.</summary>
    public IReadOnlyList<AddressRange> AcceptProxyFrom { get; init; } = [];

    /// <summary>The listener speaks TLS 1.2 and 1.3 with these certificates; null = plain TCP.</summary>
    public TlsServerOptions? Tls { get; init; }
}
