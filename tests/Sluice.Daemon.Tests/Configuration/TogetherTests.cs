using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Faults that only show once several settings, or the files that they name, are looked at together.</summary>
public sealed class TogetherTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(
        "[tcpgate]\nport = 9000\n[wsgate]\nenabled = true\nport = 9000", "test.toml:5:1: [wsgate] port: 9000 is the port of [tcpgate] too")]
    [InlineData("[wsgate]\nenabled = true\nport = 7082", "test.toml:3:1: [wsgate] port: 7082 is the port of [tcpgate] too")]
    [InlineData("[tcpgate]\nport = 9082\n[wsgate]\nenabled = true", "test.toml:2:1: [wsgate] port: 9082 is the port of [tcpgate] too")]
    [InlineData("[admin]\nport = 7082", "test.toml:2:1: [admin] port: 7082 is the port of [tcpgate] too")]
    [InlineData("[tcpgate]\nport = 9180\n[admin]\nenabled = true", "test.toml:2:1: [admin] port: 9180 is the port of [tcpgate] too")]
    [InlineData(
        "[tcpgate]\nport = 9000\nbind = \"0.0.0.0\"\n[wsgate]\nenabled = true\nport = 9000\nbind = \"127.0.0.1\"",
        "test.toml:6:1: [wsgate] port: 9000 is the port of [tcpgate] too")]
    [InlineData(
        "[tcpgate]\nport = 9000\nbind = \"::1\"\n[wsgate]\nenabled = true\nport = 9000\nbind = \"::\"",
        "test.toml:6:1: [wsgate] port: 9000 is the port of [tcpgate] too")]
    public void Two_listeners_with_one_port_on_one_address_are_a_fault(string text, string expected) =>
        Assert.StartsWith(expected, Configured.OnlyFault(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("[tcpgate]\nport = 9000\n[kcpgate]\nenabled = true\nport = 9000")]
    [InlineData("[tcpgate]\nport = 9000\n[wsgate]\nenabled = false\nport = 9000")]
    [InlineData("[tcpgate]\nport = 0\n[wsgate]\nenabled = true\nport = 0")]
    [InlineData("[tcpgate]\nport = 9180")]
    [InlineData("[tcpgate]\nport = 9000\nbind = \"127.0.0.2\"\n[wsgate]\nenabled = true\nport = 9000\nbind = \"127.0.0.1\"")]
    [InlineData("[tcpgate]\nport = 9000\nbind = \"::1\"\n[wsgate]\nenabled = true\nport = 9000\nbind = \"127.0.0.1\"")]
    [InlineData("[tcpgate]\nport = 9000\nbind = \"::1\"\n[wsgate]\nenabled = true\nport = 9000\nbind = \"0.0.0.0\"")]
    public void Listeners_that_do_not_meet_may_have_one_port(string text) => Configured.Valid(text);

    [Theory]
    [InlineData(
        "[common]\nca_file = \"ca.pem\"", "test.toml:2:1: [common] ca_file: no backend is dialled with TLS; set backend_tls = true")]
    [InlineData(
        "[common]\nheader_identify = \"jwt\"\n[jwt]\nverify = false\nissuer = \"login\"",
        "test.toml:5:1: [jwt] issuer: with verify = false")]
    [InlineData(
        "[common]\nheader_identify = \"jwt\"\n[jwt]\nverify = false\naudience = \"gate\"",
        "test.toml:5:1: [jwt] audience: with verify = false")]
    public void A_setting_that_should_protect_and_that_nothing_reads_is_a_fault(string text, string expected) =>
        Assert.StartsWith(expected, Configured.OnlyFault(text), StringComparison.Ordinal);

    [Fact]
    public void A_setting_that_nothing_reads_and_that_does_no_harm_is_a_warning()
    {
        LoadedConfiguration loaded = Configured.Load("[common]\nrequire_registry = true");

        Assert.True(loaded.IsValid);
        Assert.StartsWith(
            "test.toml:2:1: [common] require_registry: the strategy \"ipHost\" asks no registry",
            Assert.Single(loaded.Warnings).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_of_registries_that_are_not_selected_are_fine() =>
        Assert.Empty(Configured.Load(
            "[etcd]\nprefix = \"/nodes/\"\n[redis]\nusername = \"u\"\nca_file = \"x\"\n[static.nodes]\n\"s1\" = \"10.0.0.1:1\"")
            .Warnings);

    [Theory]
    [InlineData(
        "etcd", "[etcd]\nendpoints = [\"https://e:1\"]\nca_file = \"none.pem\"", "5:1: [etcd] ca_file: \"none.pem\" cannot be used")]
    [InlineData(
        "etcd",
        "[etcd]\nendpoints = [\"https://e:1\"]\ncert_file = \"none.pem\"\nkey_file = \"none.key\"",
        "5:1: [etcd] cert_file: \"none.pem\" cannot be used")]
    [InlineData("etcd", "[etcd]\nusername = \"u\"\npassword_file = \"none\"", "5:1: [etcd] password_file: \"none\" does not exist")]
    [InlineData("redis", "[redis]\ntls = true\nca_file = \"none.pem\"", "5:1: [redis] ca_file: \"none.pem\" cannot be used")]
    [InlineData("zookeeper", "[zookeeper]\n\npassword_file = \"none\"", "5:1: [zookeeper] password_file: \"none\" does not exist")]
    [InlineData(
        "kubernetes",
        "[kubernetes]\nlabel_selector = \"a=b\"\ntoken_file = \"none\"\nport = 1\napi_server = \"https://k:1\"\nnamespace = \"n\"",
        "5:1: [kubernetes] token_file: \"none\" cannot be read")]
    public void A_file_of_the_selected_registry_that_is_missing_is_a_fault(string strategy, string section, string expected)
    {
        string file = _folder.Write("sluice.toml", $"[common]\nheader_identify = \"{strategy}\"\n{section}\n");

        string fault = Assert.Single(ProgramConfiguration.Reader.Load(file, Configured.NoEnvironment, []).Describe());

        Assert.StartsWith($"{file}:{expected}", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[admin]\ntoken = hunter2hunter2hunter2")]
    [InlineData("[admin]\ntoken hunter2hunter2hunter2")]
    [InlineData("[admin]\ntokn = hunter2hunter2hunter2")]
    [InlineData("[admin]\ntokn hunter2hunter2hunter2")]
    [InlineData("[admin]\ntoken = [\n  hunter2hunter2hunter2\n]")]
    [InlineData("[admin]\ntoken = \"hunter2\"hunter2hunter2")]
    [InlineData("[redis]\npassword = hunter2hunter2hunter2")]
    [InlineData("[redis]\npassword = 7hunter2hunter2hunter2")]
    [InlineData("admin.token = hunter2hunter2hunter2")]
    public void A_broken_line_does_not_repeat_its_secret(string text)
    {
        string[] faults = Configured.Faults(text);

        Assert.NotEmpty(faults);
        Assert.DoesNotContain(faults, fault => fault.Contains("hunter2", StringComparison.Ordinal));
    }
}
