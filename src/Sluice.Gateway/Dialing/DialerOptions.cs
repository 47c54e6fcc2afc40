using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Kcp;

namespace Sluice.Gateway.Dialing;

/// <summary>Settings of the <see cref="Dialer"/>.</summary>
internal sealed record DialerOptions
{
    /// <summary>Attempts in all; every address of a backend is tried at least once.</summary>
    public required int Attempts { get; init; }

    /// <summary>Settings of the sessions towards KCP backends.</summary>
    public required KcpEndpointOptions Kcp { get; init; }

    /// <summary>Looks up the addresses of a name; <see cref="NameLookup.AskSystem"/> by default.</summary>
    public Func<string, CancellationToken, Task<IPAddress[]>> LookUpName { get; init; } = NameLookup.AskSystem;

    /// <summary>Asks the system for the addresses of a name in one family, or in all.</summary>
    public Func<string, AddressFamily, IPAddress[]> SystemNames { get; init; } = Dns.GetHostAddresses;

    public required TimeProvider TimeProvider { get; init; }
}
