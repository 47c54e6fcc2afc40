using System.Diagnostics.Metrics;
using System.Net;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;

namespace Sluice.Gateway.Tests;

/// <summary>Options of embedders: a wrong one is named when the gateway is made.</summary>
public class GatewayOptionsTests
{
    public static TheoryData<string, GatewayOptions> Wrong { get; } = new()
    {
        { "Loops", new GatewayOptions { Loops = 1025 } },
        { "Loops", new GatewayOptions { Loops = -1 } },
        { "MaxKeyBytes", new GatewayOptions { MaxKeyBytes = 0 } },
        { "MaxKeyBytes", new GatewayOptions { MaxKeyBytes = 65_537 } },
        { "DialAttempts", new GatewayOptions { DialAttempts = 0 } },
        { "ConnectTimeout", new GatewayOptions { ConnectTimeout = TimeSpan.Zero } },
        { "ConnectTimeout", new GatewayOptions { ConnectTimeout = TimeSpan.FromDays(40) } },
        { "ResolveTimeout", new GatewayOptions { ResolveTimeout = TimeSpan.Zero } },
        { "TcpUserTimeout", new GatewayOptions { TcpUserTimeout = TimeSpan.FromDays(2) } },
        { "TcpUserTimeout", new GatewayOptions { TcpUserTimeout = TimeSpan.FromSeconds(-1) } },
        { "SourceAddresses", new GatewayOptions { SourceAddresses = null! } },
        { "SourceAddresses", new GatewayOptions { SourceAddresses = [IPAddress.Any] } },
        { "SourceAddresses", new GatewayOptions { SourceAddresses = [IPAddress.Loopback, IPAddress.Parse("fe80::1")] } },
        { "length of SourceAddresses", new GatewayOptions { SourceAddresses = [.. Enumerable.Repeat(IPAddress.Loopback, 1001)] } },
        { "Nat64Prefixes", new GatewayOptions { Nat64Prefixes = null! } },
        { "Kcp.DeadLinkTime", new GatewayOptions { Kcp = new KcpGateOptions { DeadLinkTime = TimeSpan.FromDays(2) } } },
        { "DrainTimeout", new GatewayOptions { DrainTimeout = TimeSpan.FromSeconds(-1) } },
        { "SuccessMessage", new GatewayOptions { SuccessMessage = new byte[65_537] } },
        { "Resolver", new GatewayOptions { Resolver = null! } },
        { "Limits.MaxConnections", new GatewayOptions { Limits = new LimitOptions { MaxConnections = -1 } } },
        { "Tcp.Port", new GatewayOptions { Tcp = new TcpGateOptions { Port = 65_536 } } },
        { "Tcp.Port", new GatewayOptions { Tcp = new TcpGateOptions { Port = -1 } } },
        { "Tcp.DialTimeout", new GatewayOptions { Tcp = new TcpGateOptions { DialTimeout = TimeSpan.Zero } } },
        { "Tcp.IdleTimeout", new GatewayOptions { Tcp = new TcpGateOptions { IdleTimeout = TimeSpan.FromSeconds(-1) } } },
        { "Kcp.Crypt", new GatewayOptions { Kcp = new KcpGateOptions { Crypt = "rot13" } } },
        { "Kcp.CryptKey", new GatewayOptions { Kcp = new KcpGateOptions { Crypt = "aes", CryptKey = new byte[16] } } },
        { "KcpBackends.DialTimeout", new GatewayOptions { KcpBackends = new KcpGateOptions { DialTimeout = TimeSpan.MinValue } } },
        { "WebSocket.MaxMessageBytes", new GatewayOptions { WebSocket = new WebSocketGateOptions { MaxMessageBytes = 0 } } },
        { "WebSocket.PingInterval", new GatewayOptions { WebSocket = new WebSocketGateOptions { PingInterval = TimeSpan.FromSeconds(-1) } } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_named(string name, GatewayOptions options)
    {
        ArgumentException failure = Assert.Throws<ArgumentException>(() => new SluiceGateway(options));

        Assert.Contains($"{name} is ", failure.Message, StringComparison.Ordinal);
        Assert.Contains("it must be ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_metrics_of_two_gateways_can_be_told_apart()
    {
        await using SluiceGateway one = Named("one");
        await using SluiceGateway two = Named("two");
        await one.StartAsync(TestContext.Current.CancellationToken);
        await two.StartAsync(TestContext.Current.CancellationToken);
        var found = new List<(object? Scope, object? Name)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument is { Name: "sluice_sessions", Meter.Name: SluiceGateway.MeterName })
                {
                    found.Add((instrument.Meter.Scope, instrument.Meter.Tags?.SingleOrDefault(tag => tag.Key == "gateway").Value));
                }
            },
        };
        listener.Start();

        Assert.Contains((one, "one"), found);
        Assert.Contains((two, "two"), found);
    }

    private static SluiceGateway Named(string name) => new(new GatewayOptions
    {
        Name = name,
        Loops = 1,
        Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
    });
}
