using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>Faults that show when the settings of a registry are read together. Only the selected registry is checked.</summary>
public sealed class RegistrySettingsTests
{
    [Theory]
    [InlineData("etcd", "endpoints = []", "test.toml:4:1: [etcd] endpoints: there is none; write for example")]
    [InlineData("etcd", "username = \"sluice\"", "test.toml:4:1: [etcd] username: it needs password_file beside it; write both")]
    [InlineData(
        "etcd",
        "endpoints = [\"https://a:1\"]\ncert_file = \"a.pem\"",
        "test.toml:5:1: [etcd] cert_file: it needs key_file beside it; write both")]
    [InlineData(
        "etcd",
        "endpoints = [\"https://a:1\"]\nkey_file = \"a.pem\"",
        "test.toml:5:1: [etcd] key_file: it needs cert_file beside it; write both")]
    [InlineData(
        "etcd",
        "ca_file = \"ca.pem\"",
        "test.toml:4:1: [etcd] ca_file: an endpoint begins with http://, which is not encrypted; write https://")]
    [InlineData("redis", "username = \"sluice\"", "test.toml:4:1: [redis] username: it needs password_file beside it; write both")]
    [InlineData(
        "redis", "ca_file = \"ca.pem\"", "test.toml:4:1: [redis] ca_file: nothing is encrypted; set tls = true, or take the line out")]
    [InlineData(
        "redis",
        "password_file = \"/nowhere/password\"",
        "test.toml:4:1: [redis] password_file: \"/nowhere/password\" does not exist; create it")]
    public void What_does_not_fit_together_is_a_fault_at_its_place(string strategy, string lines, string fault)
    {
        Assert.StartsWith(
            fault, Configured.OnlyFault($"[common]\nheader_identify = \"{strategy}\"\n[{strategy}]\n{lines}\n"), StringComparison.Ordinal);
        Assert.Empty(Configured.Faults($"[{strategy}]\n{lines}\n"));
    }

    [Fact]
    public void The_password_is_read_from_its_file()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("password", "hunter2\n");
        Settings settings = Configured.Valid($"[common]\nheader_identify = \"redis\"\n[redis]\npassword_file = '{file}'\n");

        Assert.Equal("hunter2", settings.ContentOf<SecretFile>(RedisSection.PasswordFile)!.Text);
        Assert.Contains(
            "[etcd] password_file: it needs username",
            Configured.OnlyFault($"[common]\nheader_identify = \"etcd\"\n[etcd]\npassword_file = '{file}'\n"),
            StringComparison.Ordinal);
    }
}
