using System.Security.Cryptography;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;
using Sluice.Tokens;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>The checks of <c>[jwt]</c> before the gateway starts.</summary>
public sealed class JwtSettingsTests : IDisposable
{
    private const string Selected = "[common]\nheader_identify = \"jwt\"\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_a_key_the_fault_says_what_to_write()
    {
        Assert.Equal(
            "test.toml:2:1: [jwt] key_file: the strategy \"jwt\" needs a key to verify tokens with; make a secret (openssl rand "
                + "-base64 48 > route.key) and write key_file = \"route.key\" below [jwt]",
            Configured.OnlyFault(Selected));
        Assert.StartsWith("test.toml:3:", Configured.OnlyFault(Selected + "[jwt]\nissuer = \"a\""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_file_that_cannot_be_used_is_a_fault_at_its_place()
    {
        using var rsa = RSA.Create(2048);
        string pem = _folder.Write("public.pem", rsa.ExportSubjectPublicKeyInfoPem());
        string secret = _folder.Write("route.key", Convert.ToBase64String([.. Enumerable.Range(1, 48).Select(value => (byte)value)]));
        string shorter = _folder.Write("short.key", "secret");

        Assert.StartsWith(
            $"test.toml:4:1: [jwt] key_file: \"{_folder["none"]}\" does not exist; make a secret",
            Fault(_folder["none"]),
            StringComparison.Ordinal);
        Assert.Contains("has 6 bytes, and a secret for HS256 needs 32 at least", Fault(shorter), StringComparison.Ordinal);
        Assert.Contains("is PEM, which cannot be the secret of HS256", Fault(pem), StringComparison.Ordinal);
        Assert.Contains("RS256 needs a public key", Fault(secret, "algorithms = [\"RS256\"]"), StringComparison.Ordinal);
        Assert.Contains("[jwt] algorithms: nothing would be accepted", Fault(secret, "algorithms = []"), StringComparison.Ordinal);
        Configured.Valid(Selected + $"[jwt]\nkey_file = '{pem}'\nalgorithms = [\"RS256\", \"PS256\"]");
        Configured.Valid(Selected + $"[jwt]\nkey_file = '{secret}'");
    }

    [Fact]
    public void Where_another_strategy_is_selected_the_section_may_wait() =>
        Configured.Valid("[jwt]\nkey_file = \"none.key\"\nnode_registry = \"x\"");

    [Fact]
    public void Without_verification_no_key_is_needed_and_nothing_may_rely_on_one()
    {
        Configured.Valid(Selected + "[jwt]\nverify = false");
        Assert.Contains(
            "this protects nothing", Configured.OnlyFault(Selected + "[jwt]\nverify = false\none_time = true"), StringComparison.Ordinal);
        Assert.Contains(
            "this protects nothing",
            Configured.OnlyFault(Selected + "[jwt]\nverify = false\nrequire_client_ip = true"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ipHost")]
    [InlineData("origin")]
    [InlineData("jwt")]
    [InlineData("registry")]
    public void A_node_is_looked_up_in_a_registry_only(string name) =>
        Assert.StartsWith(
            $"test.toml:5:1: [jwt] node_registry: \"{name}\" is no registry; ",
            Configured.OnlyFault(Selected + $"[jwt]\nverify = false\nnode_registry = \"{name}\""),
            StringComparison.Ordinal);

    [Fact]
    public void Every_key_reaches_the_resolver()
    {
        string secret = _folder.Write("route.key", new string('x', 64));
        Settings settings = Configured.Valid(Selected + $"""
            [jwt]
            key_file = '{secret}'
            algorithms = ["HS512", "HS256"]
            issuer = "login"
            audience = "sluice"
            leeway = 0.5
            require_expiry = false
            require_client_ip = true
            one_time = true
            one_time_capacity = 7
            """);

        JwtOptions options = JwtSection.Table.Build(settings);

        Assert.Equal(["HS512", "HS256"], options.Algorithms);
        Assert.Equal(
            new JwtOptions
            {
                Algorithms = options.Algorithms,
                KeyFile = secret,
                Issuer = "login",
                Audience = "sluice",
                Leeway = TimeSpan.FromSeconds(0.5),
                RequireExpiry = false,
                RequireClientIp = true,
                OneTime = true,
                OneTimeCapacity = 7,
            },
            options);
        Assert.Equal(
            new JwtOptions { Algorithms = options.Algorithms },
            JwtSection.Table.Build(Configured.Valid("")) with { Algorithms = options.Algorithms });
    }

    private static string Fault(string keyFile, string more = "") =>
        Configured.OnlyFault(Selected + $"[jwt]\nkey_file = '{keyFile}'\n{more}");
}
