using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;
using Sluice.Kcp.Crypto;

namespace Sluice.Gateway;

/// <summary>
/// Holds options against their documented ranges, so that a wrong one is named at once and does not surface as a strange failure later.
/// </summary>
internal static class GatewayOptionsCheck
{
    /// <summary>The longest time that the runtime's timers take: 2^31 - 1 milliseconds, almost 25 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(int.MaxValue);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One is missing or out of its range; the message names it.</exception>
    public static void Validate(GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Range(options.Loops, 0, 1024, nameof(options.Loops));
        Given(options.UdpBatching, nameof(options.UdpBatching));
        Given(options.Resolver, nameof(options.Resolver));
        Range(options.SuccessMessage.Length, 0, 65_536, $"length of {nameof(options.SuccessMessage)}");
        Positive(options.ConnectTimeout, nameof(options.ConnectTimeout));
        Positive(options.ResolveTimeout, nameof(options.ResolveTimeout));
        Range(options.MaxKeyBytes, 1, 65_536, nameof(options.MaxKeyBytes));
        Range(options.DialAttempts, 1, 100, nameof(options.DialAttempts));
        NotNegative(options.DrainTimeout, nameof(options.DrainTimeout));
        UpToADay(options.TcpUserTimeout, nameof(options.TcpUserTimeout));
        Given(options.SourceAddresses, nameof(options.SourceAddresses));
        Range(options.SourceAddresses.Count, 0, 1000, $"length of {nameof(options.SourceAddresses)}");
        if (options.SourceAddresses.FirstOrDefault(address => !SourceAddress.CanBeUsed(address)) is { } useless)
        {
            throw Wrong(nameof(options.SourceAddresses), useless, "addresses that a connection can come from, not link-local");
        }

        Given(options.Limits, nameof(options.Limits));
        Given(options.Clients, nameof(options.Clients));
        Given(options.Clients.Deny, $"{nameof(options.Clients)}.{nameof(options.Clients.Deny)}");
        Given(options.Deny, nameof(options.Deny));
        Given(options.Nat64Prefixes, nameof(options.Nat64Prefixes));
        Given(options.OtherListeners, nameof(options.OtherListeners));
        Given(options.LookUpName, nameof(options.LookUpName));
        Given(options.TimeProvider, nameof(options.TimeProvider));
        if (options.ProxyProtocol is { } version && !Enum.IsDefined(version))
        {
            throw Wrong(nameof(options.ProxyProtocol), version, "V1, V2 or null");
        }

        Validate(options.Limits);
        if (options.Tcp is { } tcp)
        {
            Validate(tcp);
        }

        if (options.Kcp is { } kcp)
        {
            Validate(kcp, nameof(options.Kcp));
        }

        if (options.KcpBackends is { } backends)
        {
            Validate(backends, nameof(options.KcpBackends));
        }

        if (options.WebSocket is { } webSocket)
        {
            Validate(webSocket);
        }
    }

    private static void Validate(LimitOptions limits)
    {
        const string Name = nameof(GatewayOptions.Limits);
        Range(limits.MaxConnections, 0, int.MaxValue, $"{Name}.{nameof(limits.MaxConnections)}");
        Range(limits.MaxConnectionsPerIp, 0, int.MaxValue, $"{Name}.{nameof(limits.MaxConnectionsPerIp)}");
        Range(limits.MaxConnectionsPerSubnet, 0, int.MaxValue, $"{Name}.{nameof(limits.MaxConnectionsPerSubnet)}");
        Range(limits.NewConnectionsPerIpPerSecond, 0, int.MaxValue, $"{Name}.{nameof(limits.NewConnectionsPerIpPerSecond)}");
        Range(limits.NewConnectionsPerSubnetPerSecond, 0, int.MaxValue, $"{Name}.{nameof(limits.NewConnectionsPerSubnetPerSecond)}");
        Range(limits.MaxPendingHandshakes, 0, int.MaxValue, $"{Name}.{nameof(limits.MaxPendingHandshakes)}");
        Range(limits.MaxMemoryBytes, 0, long.MaxValue, $"{Name}.{nameof(limits.MaxMemoryBytes)}");
    }

    private static void Validate(TcpGateOptions tcp)
    {
        const string Name = nameof(GatewayOptions.Tcp);
        Port(tcp.Port, Name);
        Positive(tcp.DialTimeout, $"{Name}.{nameof(tcp.DialTimeout)}");
        NotNegative(tcp.IdleTimeout, $"{Name}.{nameof(tcp.IdleTimeout)}");
        Given(tcp.AcceptProxyFrom, $"{Name}.{nameof(tcp.AcceptProxyFrom)}");
    }

    private static void Validate(KcpGateOptions kcp, string name)
    {
        Port(kcp.Port, name);
        Positive(kcp.DialTimeout, $"{name}.{nameof(kcp.DialTimeout)}");
        NotNegative(kcp.IdleTimeout, $"{name}.{nameof(kcp.IdleTimeout)}");
        UpToADay(kcp.DeadLinkTime, $"{name}.{nameof(kcp.DeadLinkTime)}");
        Given(kcp.Session, $"{name}.{nameof(kcp.Session)}");
        Given(kcp.BackendFec, $"{name}.{nameof(kcp.BackendFec)}");
        if (kcp.Crypt is not null)
        {
            if (!KcpPacketCrypto.Methods.Contains(kcp.Crypt, StringComparer.Ordinal))
            {
                throw Wrong($"{name}.{nameof(kcp.Crypt)}", kcp.Crypt, string.Join(", ", KcpPacketCrypto.Methods));
            }

            Range(kcp.CryptKey.Length, 32, 32, $"length of {name}.{nameof(kcp.CryptKey)}");
        }
    }

    private static void Validate(WebSocketGateOptions webSocket)
    {
        const string Name = nameof(GatewayOptions.WebSocket);
        Port(webSocket.Port, Name);
        Positive(webSocket.DialTimeout, $"{Name}.{nameof(webSocket.DialTimeout)}");
        NotNegative(webSocket.IdleTimeout, $"{Name}.{nameof(webSocket.IdleTimeout)}");
        NotNegative(webSocket.PingInterval, $"{Name}.{nameof(webSocket.PingInterval)}");
        Range(webSocket.MaxMessageBytes, 1, 1 << 30, $"{Name}.{nameof(webSocket.MaxMessageBytes)}");
        Given(webSocket.AcceptProxyFrom, $"{Name}.{nameof(webSocket.AcceptProxyFrom)}");
        Given(webSocket.TrustForwardedFor, $"{Name}.{nameof(webSocket.TrustForwardedFor)}");
        Given(webSocket.Subprotocols, $"{Name}.{nameof(webSocket.Subprotocols)}");
    }

    private static void Port(int port, string gate) => Range(port, 0, ushort.MaxValue, $"{gate}.Port");

    private static void Given(object? value, string name)
    {
        if (value is null)
        {
            throw Wrong(name, "null", "a value");
        }
    }

    private static void Range(long value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw Wrong(name, value, FormattableString.Invariant($"{least} to {most}"));
        }
    }

    private static void Positive(TimeSpan value, string name)
    {
        if (value < TimeSpan.FromMilliseconds(1) || value > Longest)
        {
            throw Wrong(name, value, $"1 ms to {Longest}");
        }
    }

    private static void NotNegative(TimeSpan value, string name) => UpTo(Longest, value, name);

    private static void UpToADay(TimeSpan value, string name) => UpTo(TimeSpan.FromDays(1), value, name);

    private static void UpTo(TimeSpan most, TimeSpan value, string name)
    {
        if (value < TimeSpan.Zero || value > most)
        {
            throw Wrong(name, value, $"0 to {most}");
        }
    }

#pragma warning disable CA2208, MA0015 // The parameter is that of the caller's caller.
    private static ArgumentException Wrong(string name, object value, string allowed) =>
        new(FormattableString.Invariant($"GatewayOptions: {name} is {value}; it must be {allowed}."), "options");
#pragma warning restore CA2208, MA0015
}
