using System.Security.Cryptography.X509Certificates;
using Sluice.Gateway;
using Sluice.Testing.Gateways;
using Sluice.Testing.Tls;
using Sluice.Transport.Loop;
using Sluice.Transport.Tls;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Tls;

/// <summary>A client with another TLS implementation: <c>openssl s_client</c>.</summary>
public sealed class OpenSslScenarios
{
    private static readonly Engine Plain = new(PollerKind.Default, ZeroCopy: true);

    [Theory, InlineData("-tls1_2"), InlineData("-tls1_3")]
    public async Task TLS_1_2_and_1_3_are_accepted(string version)
    {
        using var authority = new TestAuthority();
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await StartAsync(Plain, options => With(options, authority.IssueFiles("gate.test", rsa: true)));
        await using var client = OpenSslClient.Start(
            world.EndPoint, version, "-CAfile", authority.File, "-verify_return_error", "-verify_hostname", "gate.test");
        byte[] payload = RandomBytes(300_000);
        await client.SendAsync(Join(Frame(backend.Key), payload));
        Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
        Assert.Equal(payload, await client.ReceiveExactlyAsync(payload.Length));
        (int exitCode, string errors) = await client.EndAsync();
        Assert.True(exitCode == 0, errors);
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal(("completed", payload.LongLength), ((string)line["Reason"]!, (long)line["BytesFromBackend"]!));
    }

    [Theory, InlineData("-tls1"), InlineData("-tls1_1")]
    public async Task Older_TLS_versions_are_rejected(string version)
    {
        using var authority = new TestAuthority();
        await using GatewayWorld world = await StartAsync(Plain, options => With(options, authority.IssueFiles("gate.test", rsa: true)));

        // Without this security level, the client would not even try.
        await using var client = OpenSslClient.Start(world.EndPoint, version, "-cipher", "DEFAULT@SECLEVEL=0");
        (int exitCode, string errors) = await client.EndAsync();
        Assert.NotEqual(0, exitCode);
        Assert.Contains("alert protocol version", errors, StringComparison.Ordinal);
        Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_renegotiation_is_rejected()
    {
        using var authority = new TestAuthority();
        await using GatewayWorld world = await StartAsync(Plain, options => With(options, authority.IssueFiles("gate.test")));
        await using var client = OpenSslClient.StartWithCommands(world.EndPoint, "-tls1_2");
        await client.SendAsync("R\n"u8.ToArray());
        (int exitCode, string errors) = await client.EndedAsync();
        Assert.Contains("RENEGOTIATING", errors, StringComparison.Ordinal);
        Assert.NotEqual(0, exitCode);
        Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_renewed_certificate_is_used_for_new_clients_and_live_ones_continue()
    {
        using var authority = new TestAuthority();
        await using TestBackend backend = TestBackend.StartEcho();
        using X509Certificate2 first = authority.Issue("first.test", rsa: true);
        await using GatewayWorld world =
            await StartAsync(Plain, options => With(options, authority.WriteFiles("gate", first)), virtualTime: true);
        await using OpenSslClient live = await EnterAsync("first.test");

        using X509Certificate2 second = authority.Issue("second.test");
        authority.WriteFiles("gate", second);
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        await using OpenSslClient next = await EnterAsync("second.test");
        await using var misled = OpenSslClient.Start(
            world.EndPoint, "-CAfile", authority.File, "-verify_return_error", "-verify_hostname", "first.test");
        (int exitCode, string errors) = await misled.EndedAsync();
        Assert.NotEqual(0, exitCode);
        Assert.Contains("hostname mismatch", errors, StringComparison.OrdinalIgnoreCase);
        foreach (OpenSslClient client in new[] { live, next })
        {
            byte[] payload = RandomBytes(50_000);
            await client.SendAsync(payload);
            Assert.Equal(payload, await client.ReceiveExactlyAsync(payload.Length));
        }

        async Task<OpenSslClient> EnterAsync(string name)
        {
            var client = OpenSslClient.Start(world.EndPoint, "-CAfile", authority.File, "-verify_return_error", "-verify_hostname", name);
            await client.SendAsync(Frame(backend.Key));
            Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
            return client;
        }
    }

    /// <summary>
    /// A resumed session keeps only the client's own certificate, not the intermediate ones that link it to the authority.
    /// </summary>
    [Theory, InlineData("-tls1_2"), InlineData("-tls1_3")]
    public async Task A_client_with_an_intermediate_certificate_can_reconnect(string version)
    {
        using var authority = new TestAuthority();
        using var clients = new TestAuthority("Clients");
        using var branch = new TestAuthority("Branch", clients);
        TlsCertificateFiles shown = branch.IssueFiles("client");
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world =
            await TlsWorld.StartAsync(TlsWorld.With(authority.IssueFiles("gate.test")) with { ClientCaFile = clients.File });
        string session = authority["session.pem"];
        for (int i = 0; i < 3; i++)
        {
            // The client resumes a session if the gateway gave it one.
            string[] resumed = File.Exists(session) ? ["-sess_in", session] : [];
            await using var client = OpenSslClient.Start(
                world.EndPoint,
                [
                    version, "-cert", shown.CertificateFile, "-key", shown.KeyFile,
                    "-cert_chain", branch.File, "-sess_out", session, .. resumed,
                ]);
            await client.SendAsync(Frame(backend.Key));
            Assert.Equal(Ok, await client.ReceiveExactlyAsync(Ok.Length));
            await client.EndAsync();
            Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
        }
    }

    private static GatewayOptions With(GatewayOptions options, params TlsCertificateFiles[] certificates) =>
        options with { Tcp = options.Tcp! with { Tls = new TlsServerOptions { Certificates = certificates } } };
}
