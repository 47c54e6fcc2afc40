using System.Net;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;
using Sluice.Kcp;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>A configuration file of the original works unchanged, with its meaning.</summary>
public sealed class OriginalFileTests
{
    [Fact]
    public void Its_values_reach_gateway_and_log()
    {
        LoadedConfiguration loaded = ProgramConfiguration.Reader.Load(Repository.OriginalConfiguration, Configured.NoEnvironment, []);

        Assert.Empty(loaded.Describe());
        GatewayOptions options = loaded.Settings.ToGatewayOptions();
        Assert.Equal(new TcpGateOptions { Port = 7082, DialTimeout = TimeSpan.FromSeconds(5) }, options.Tcp);
        Assert.Equal(3, options.DialAttempts);
        Assert.Equal("ok"u8.ToArray(), options.SuccessMessage.ToArray());
        Assert.Equal(TimeSpan.FromSeconds(10), options.ConnectTimeout);
        Assert.Null(options.Allow);
        var log = LogSection.Table.Build(loaded.Settings);
        Assert.Equal("log/info.log", log.InfoFile);
        Assert.Equal("log/error.log", log.ErrorFile);
    }

    [Fact]
    public void The_defaults_are_those_of_the_gateway()
    {
        GatewayOptions configured = Configured.Valid("").ToGatewayOptions();
        var standard = new GatewayOptions { Tcp = new TcpGateOptions() };

        Assert.Equal(standard.Tcp, configured.Tcp);
        Assert.Equal(new KcpGateOptions(), configured.KcpBackends);
        Assert.Equal(standard.SuccessMessage.ToArray(), configured.SuccessMessage.ToArray());
        Assert.Equal(
            standard with
            {
                Resolver = configured.Resolver,
                SuccessMessage = default,
                Deny = configured.Deny,
                LookUpName = configured.LookUpName,
                KcpBackends = configured.KcpBackends,
            },
            configured with { SuccessMessage = default });
        Assert.Empty(configured.Deny);
    }

    [Fact]
    public void The_dead_link_time_of_kcp_sessions_reaches_the_gateway()
    {
        GatewayOptions options = Configured.Valid("[kcpgate]\nenabled = true\ndead_link_time = 15").ToGatewayOptions();
        Assert.Equal(TimeSpan.FromSeconds(15), options.Kcp!.DeadLinkTime);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_stands_in_kcpgate_is_for_kcp_backends_though_no_kcp_client_is_served(bool enabled)
    {
        GatewayOptions options = Configured.Valid(
            $"[kcpgate]\nenabled = {(enabled ? "true" : "false")}\nmtu = 1200\nnodelay = 0\ndata_shards = 4\nparity_shards = "
                + "2\ncrypt = \"none\"\n").ToGatewayOptions();
        Assert.Equal(enabled, options.Kcp is not null);
        KcpGateOptions settings = Assert.Single([options.Kcp, options.KcpBackends], kcp => kcp is not null)!;
        Assert.Equal(
            (1200, false, KcpFec.Fixed(4, 2), "none"),
            (settings.Session.Mtu, settings.Session.NoDelay, settings.BackendFec, settings.Crypt));
    }

    [Fact]
    public void Every_key_reaches_the_gateway()
    {
        GatewayOptions options = Configured.Valid(
            """
            [tcpgate]
            port = 1
            bind = "127.0.0.2"
            dial_timeout = 0.5
            zero_copy = true
            idle_timeout = 2
            [common]
            dial_retry = 4
            success_resp_message = "aGk="
            connect_timeout = 6
            loops = 7
            poller = "poll"
            error_reply = false
            max_key_bytes = 8
            drain_timeout = 9
            [limits]
            max_connections = 10
            max_connections_per_ip = 12
            max_pending_handshakes = 11
            [policy]
            allow = ["10.0.0.0/8"]
            deny = ["10.1.0.0/16", "10.2.0.0/16"]
            """).ToGatewayOptions();

        Assert.Equal(
            new TcpGateOptions
            {
                Port = 1,
                Bind = IPAddress.Parse("127.0.0.2"),
                DialTimeout = TimeSpan.FromSeconds(0.5),
                ZeroCopy = true,
                IdleTimeout = TimeSpan.FromSeconds(2),
            },
            options.Tcp);
        Assert.Equal((4, 7, 8), (options.DialAttempts, options.Loops, options.MaxKeyBytes));
        Assert.Equal("hi"u8.ToArray(), options.SuccessMessage.ToArray());
        Assert.Equal((TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(9)), (options.ConnectTimeout, options.DrainTimeout));
        Assert.Equal(Transport.Loop.PollerKind.Poll, options.Poller);
        Assert.False(options.ErrorReply);
        Assert.Equal(new LimitOptions { MaxConnections = 10, MaxConnectionsPerIp = 12, MaxPendingHandshakes = 11 }, options.Limits);
        Assert.Equal("10.0.0.0/8", Assert.Single(options.Allow!).ToString());
        Assert.Equal(2, options.Deny.Count);
    }

    [Theory]
    [InlineData("udp_gro", "GSO, recvmmsg, sendmmsg, gathering")]
    [InlineData("udp_gso", "GRO, recvmmsg, sendmmsg, gathering")]
    [InlineData("udp_recvmmsg", "GRO, GSO, sendmmsg, gathering")]
    [InlineData("udp_sendmmsg", "GRO, GSO, recvmmsg, gathering")]
    [InlineData("udp_gathering", "GRO, GSO, recvmmsg, sendmmsg")]
    public void Each_way_of_moving_datagrams_has_its_own_switch(string key, string left)
    {
        Assert.Equal("GRO, GSO, recvmmsg, sendmmsg, gathering", Configured.Valid("").ToGatewayOptions().UdpBatching.ToString());
        Assert.Equal(left, Configured.Valid($"[common]\n{key} = false\n").ToGatewayOptions().UdpBatching.ToString());
    }
}
