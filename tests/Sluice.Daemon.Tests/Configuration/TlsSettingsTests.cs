using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Gateway;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Faults and warnings about the files that the TLS settings name.</summary>
public sealed class TlsSettingsTests
{
    [Fact]
    public void The_section_and_its_further_certificates_make_one_list()
    {
        using var folder = new TemporaryFolder();
        LoadedConfiguration loaded = Load(folder, $"""
            [tcpgate.tls]
            cert_file = "{Certificate(folder, "one")}.pem"
            key_file = "{folder["one"]}.key"

            [[tcpgate.tls.certificate]]
            cert_file = "{Certificate(folder, "two")}.pem"
            key_file = "{folder["two"]}.key"

            [[tcpgate.tls.certificate]]
            cert_file = "{Certificate(folder, "three")}.pem"
            key_file = "{folder["three"]}.key"
            names = ["*.three.example"]

            [common]
            backend_tls = true
            ca_file = "{folder["one"]}.pem"
            """);

        Assert.Empty(loaded.Describe());
        Assert.Empty(loaded.Warnings);
        GatewayOptions options = loaded.Settings.ToGatewayOptions();
        Assert.Equal(
            ["one.pem", "two.pem", "three.pem"], options.Tcp!.Tls!.Certificates.Select(files => Path.GetFileName(files.CertificateFile)));
        Assert.Equal(["*.three.example"], options.Tcp.Tls.Certificates[2].Names);
        Assert.Null(options.Tcp.Tls.ClientCaFile);
        Assert.Equal(folder["one.pem"], options.BackendTls!.CaFile);
    }

    [Fact]
    public void Without_the_section_nothing_speaks_TLS()
    {
        GatewayOptions options = Configured.Valid("").ToGatewayOptions();

        Assert.Null(options.Tcp!.Tls);
        Assert.Null(options.BackendTls);
    }

    [Theory]
    [InlineData("[tcpgate.tls]\n", ":1:2: [tcpgate.tls] has no certificate; write cert_file and key_file")]
    [InlineData("[tcpgate.tls]\nclient_ca_file = \"a\"\n", ":1:2: [tcpgate.tls] has no certificate")]
    [InlineData("[tcpgate.tls]\ncert_file = \"a\"\n", ":2:1: [tcpgate.tls] cert_file: it needs key_file beside it")]
    [InlineData("[tcpgate.tls]\nkey_file = \"a\"\n", ":2:1: [tcpgate.tls] key_file: it needs cert_file beside it")]
    [InlineData("[tcpgate.tls]\ncert_file = \"no.pem\"\nkey_file = \"no.key\"\n", ":2:1: [tcpgate.tls] no.pem: there is no such file")]
    [InlineData("[common]\nbackend_tls = true\nca_file = \"no.pem\"\n", ":3:1: [common] ca_file no.pem: there is no such file")]
    [InlineData(
        "[[tcpgate.tls.certificate]]\ncert_file = \"no.pem\"\nkey_file = \"no.key\"\n",
        ":2:13: [tcpgate.tls] no.pem: there is no such file")]
    public void What_cannot_work_is_a_fault_with_its_place(string text, string expected)
    {
        using var folder = new TemporaryFolder();

        Assert.Contains(expected, Assert.Single(Load(folder, text).Describe()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_with_single_brackets_is_explained_like_before() =>
        Assert.Equal("test.toml:1:3: [[tcpgate]] is a list of sections; write [tcpgate]", Configured.OnlyFault("[[tcpgate]]\nport = 1\n"));

    [Fact]
    public void A_key_of_another_certificate_is_a_fault_of_the_key()
    {
        using var folder = new TemporaryFolder();
        string text = Section(Certificate(folder, "one"), Certificate(folder, "two"));

        string fault = Assert.Single(Load(folder, text).Describe());

        Assert.Contains(":3:1: ", fault, StringComparison.Ordinal);
        Assert.Contains("two.key: the key does not match the certificate", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "there is no private key in it")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "the key is encrypted")]
    [InlineData(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "the key does not match the certificate, or cannot be read")]
    public void A_key_that_cannot_be_read_is_explained(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = Certificate(folder, "one");
        folder.Write("one.key", content);

        Assert.Contains(expected, Assert.Single(Load(folder, Section(path, path)).Describe()), StringComparison.Ordinal);
    }

    /// <summary>Made by <c>openssl req -x509 -newkey ed25519 -nodes</c>.</summary>
    [Fact]
    public void A_kind_of_key_that_cannot_be_used_is_named_with_those_that_can()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ed.pem", """
            -----BEGIN CERTIFICATE-----
            MIIBMDCB46ADAgECAhQW9jDzrwoxbB4T+vg7CC2N8tIF0TAFBgMrZXAwDTELMAkG
            A1UEAwwCZWQwIBcNMjYxMjAxMDAyNTQ1WhgPMjEyNjExMDcwMDI1NDVaMA0xCzAJ
            BgNVBAMMAmVkMCowBQYDK2VwAyEA43VCS+FdB7fxOkBJQiqDs5yR9lxN7rhwviRW
            ccgcAbyjUzBRMB0GA1UdDgQWBBQbn1gwTmmnZ1AXoNcMmKDEqlrxUjAfBgNVHSME
            GDAWgBQbn1gwTmmnZ1AXoNcMmKDEqlrxUjAPBgNVHRMBAf8EBTADAQH/MAUGAytl
            cANBANrQLi9qZH3NlQeCFDdOSUuL/pJpcXqy9uer58kPJb02V2r76gdVyxxhx90g
            AYxjanj34gOOYNuPylCngBbXPgQ=
            -----END CERTIFICATE-----

            """);
        folder.Write("ed.key", """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEII4a3gbbIqhqDXEQOkULVsvUnkSq2ez8DeA+F0dOX7bL
            -----END PRIVATE KEY-----

            """);

        Assert.Contains(
            "the certificate is for a key of the kind Ed25519, which .NET's TLS cannot use; take one for an ECDSA (P-256, P-384) "
                + "or RSA key",
            Assert.Single(Load(folder, Section(folder["ed"], folder["ed"])).Describe()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_certificate_is_explained()
    {
        using var folder = new TemporaryFolder();
        string path = Certificate(folder, "one");
        folder.Write("one.pem", "nothing");

        Assert.Contains(
            "there is no certificate in it", Assert.Single(Load(folder, Section(path, path)).Describe()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_certificate_and_an_open_key_are_warnings()
    {
        using var folder = new TemporaryFolder();
        string path = Certificate(folder, "old", days: -1);
        if (OperatingSystem.IsWindows())
        {
            return; // Permissions are not modes there.
        }

        File.SetUnixFileMode($"{path}.key", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        LoadedConfiguration loaded = Load(folder, Section(path, path));

        Assert.True(loaded.IsValid);
        string[] warnings = [.. loaded.Warnings.Select(warning => warning.ToString())];
        Assert.Equal(2, warnings.Length);
        Assert.Contains(":2:1: [tcpgate.tls] ", warnings[0], StringComparison.Ordinal);
        Assert.Contains("old.pem: the certificate expired on ", warnings[0], StringComparison.Ordinal);
        Assert.Contains(":3:1: [tcpgate.tls] ", warnings[1], StringComparison.Ordinal);
        Assert.Contains("old.key: every user of this machine can read the key; chmod 600", warnings[1], StringComparison.Ordinal);
    }

    private static string Section(string certificate, string key) =>
        $"[tcpgate.tls]\ncert_file = \"{certificate}.pem\"\nkey_file = \"{key}.key\"\n";

    private static LoadedConfiguration Load(TemporaryFolder folder, string text) =>
        ProgramConfiguration.Reader.Load(folder.Write("sluice.toml", text), Configured.NoEnvironment, []);

    /// <summary>Writes NAME.pem and NAME.key, and returns the path without the ending.</summary>
    private static string Certificate(TemporaryFolder folder, string name, int days = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-3), DateTimeOffset.UtcNow.AddDays(days));
        folder.Write($"{name}.pem", certificate.ExportCertificatePem());
        string keyFile = folder.Write($"{name}.key", key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return folder[name];
    }
}
