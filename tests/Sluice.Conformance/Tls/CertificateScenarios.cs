using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Tls;
using Sluice.Transport.Tls;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Tls;

/// <summary>The choice of the served certificate, its renewal, and the verification of client certificates.</summary>
public sealed class CertificateScenarios
{
    public static TheoryData<Protocol> Gates => TlsWorld.Gates;

    [Theory]
    [InlineData("gate.test", "gate.test")]
    [InlineData("other.test", "other.test")]
    [InlineData("OTHER.test", "other.test")]
    [InlineData("a.wild.test", "*.wild.test")]
    [InlineData("a.b.wild.test", "gate.test")]
    [InlineData("wild.test", "gate.test")]
    [InlineData("alias.test", "named.test")]
    [InlineData("named.test", "gate.test")]
    [InlineData("xn--mnchen-3ya.test", "xn--mnchen-3ya.test")]
    [InlineData("a.xn--wld-zma.test", "*.xn--wld-zma.test")]
    [InlineData("xn--n.wild.test", "*.wild.test")]
    [InlineData("unknown.test", "gate.test")]
    [InlineData("127.0.0.1", "gate.test")]
    public async Task The_server_name_of_the_client_selects_the_certificate(string name, string expected)
    {
        using var authority = new TestAuthority();
        TlsServerOptions tls = TlsWorld.With(
            authority.IssueFiles("gate.test"),
            authority.IssueFiles("other.test", rsa: true),
            authority.IssueFiles("*.wild.test"),
            authority.IssueFiles("xn--mnchen-3ya.test"),
            authority.IssueFiles("*.xn--wld-zma.test"),
            authority.IssueFiles("named.test") with { Names = ["alias.test"] });
        foreach (Protocol gate in new[] { Protocol.Tcp, Protocol.WebSocket })
        {
            await using GatewayWorld world = await TlsWorld.StartAsync(tls, gate);
            await using SslStream client = await world.ConnectTlsAsync(TlsWorld.Anything(name));
            Assert.Equal(expected, client.ServerName());
        }
    }

    [Theory, MemberData(nameof(Gates))]
    public async Task A_renewed_certificate_is_used_for_new_connections_and_live_ones_continue(Protocol gate)
    {
        using var authority = new TestAuthority();
        await using TestBackend backend = TestBackend.StartEcho();
        using X509Certificate2 first = authority.Issue("first.test");
        await using GatewayWorld world =
            await TlsWorld.StartAsync(TlsWorld.With(authority.WriteFiles("gate", first)), gate, virtualTime: true);
        await using SslStream live = await world.ConnectTlsAsync(TlsWorld.Anything("x"));
        await live.EnterAsync(backend.Key, gate);

        using X509Certificate2 second = authority.Issue("second.test");
        authority.WriteFiles("gate", second);
        await LookTwiceAsync(world);
        await AssertServedAsync(world, "second.test");
        await live.AssertEchoAsync(RandomBytes(100_000), gate);
        Assert.Equal("first.test", live.ServerName());

        // With half of a new pair, the old pair stays in use until the other half arrives.
        using X509Certificate2 third = authority.Issue("third.test");
        authority.Write("gate.pem", third.ExportCertificatePem());
        await LookTwiceAsync(world);
        await AssertServedAsync(world, "second.test");
        authority.Write("gate.key", TestAuthority.KeyPem(third));
        await LookTwiceAsync(world);
        await AssertServedAsync(world, "third.test");

        File.Delete(authority["gate.key"]);
        await LookTwiceAsync(world);
        await AssertServedAsync(world, "third.test");
        await live.AssertEchoAsync(RandomBytes(1000), gate);
    }

    [Theory]
    [InlineData(Protocol.Tcp, SslProtocols.Tls12)]
    [InlineData(Protocol.Tcp, SslProtocols.Tls13)]
    [InlineData(Protocol.WebSocket, SslProtocols.Tls12)]
    [InlineData(Protocol.WebSocket, SslProtocols.Tls13)]
    public async Task Only_clients_with_a_valid_certificate_of_the_authority_are_accepted(Protocol gate, SslProtocols protocol)
    {
        using var authority = new TestAuthority();
        using var clients = new TestAuthority("Clients");
        using var others = new TestAuthority("Clients");
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await TlsWorld.StartAsync(
            TlsWorld.With(authority.IssueFiles("gate.test")) with { ClientCaFile = clients.File }, gate);

        await using (SslStream welcome = await world.ConnectTlsAsync(Showing(clients.Issue("client"))))
        {
            await welcome.EnterAsync(backend.Key, gate);
            await welcome.AssertEchoAsync(RandomBytes(1000), gate);
        }

        await world.NextEndedAsync();
        X509Certificate2?[] certificates =
            [null, others.Issue("client"), clients.Issue("client", validDays: -1), authority.Issue("client")];
        foreach (X509Certificate2? shown in certificates)
        {
            // In TLS 1.3 a client learns of the rejection only when it reads.
            await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await using SslStream refused = await world.ConnectTlsAsync(Showing(shown));
                await refused.EnterAsync(backend.Key, gate);
            });
            Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
        }

        Assert.Equal(1, backend.Accepted);

        SslClientAuthenticationOptions Showing(X509Certificate2? certificate) => new()
        {
            TargetHost = "gate.test",
            EnabledSslProtocols = protocol,
            CertificateChainPolicy = TlsBridge.ClientOptions(authority).CertificateChainPolicy,
            ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
        };
    }

    [Fact]
    public async Task An_offered_application_protocol_is_negotiated()
    {
        using var authority = new TestAuthority();
        await using GatewayWorld world = await TlsWorld.StartAsync(
            TlsWorld.With(authority.IssueFiles("gate.test")) with { ApplicationProtocols = [SslApplicationProtocol.Http11] });
        SslClientAuthenticationOptions browser = TlsBridge.ClientOptions(authority);
        browser.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        await using SslStream client = await world.ConnectTlsAsync(browser);
        Assert.Equal(SslApplicationProtocol.Http11, client.NegotiatedApplicationProtocol);
    }

    /// <summary>Lets the file watch see a change and see that it is complete.</summary>
    private static async Task LookTwiceAsync(GatewayWorld world)
    {
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
    }

    private static async Task AssertServedAsync(GatewayWorld world, string expected)
    {
        await using SslStream client = await world.ConnectTlsAsync(TlsWorld.Anything("x"));
        Assert.Equal(expected, client.ServerName());
    }
}
