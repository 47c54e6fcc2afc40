using System.Net;

namespace Sluice.Daemon.Admin;

/// <summary>Options of the admin endpoint.</summary>
internal sealed record AdminOptions
{
    /// <summary>Whether the endpoint listens.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Address to listen on; null = all, IPv4 and IPv6.</summary>
    public IPAddress? Bind { get; init; } = IPAddress.Loopback;

    /// <summary>TCP port; 0 = a free one.</summary>
    public int Port { get; init; } = 9180;

    /// <summary>The token that metrics and details need; empty = none.</summary>
    public string Token { get; init; } = "";

    /// <summary>Whether an operator configured the endpoint. A default gives way if its address is in use.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>The ports of the gateway's listeners over TCP, which a default gives way to.</summary>
    public IReadOnlyList<int> GatewayPorts { get; init; } = [];
}
