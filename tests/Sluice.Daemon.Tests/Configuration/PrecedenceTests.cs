using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>File, environment and command line: the later wins, and each fault names its source.</summary>
public sealed class PrecedenceTests
{
    private const string File = "[tcpgate]\nport = 1\n[common]\nloops = 1\ndial_retry = 1\n";

    [Fact]
    public void The_environment_wins_over_the_file_and_the_command_line_over_both()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["SLUICE_TCPGATE__PORT"] = "2",
            ["SLUICE_COMMON__LOOPS"] = "2",
        };

        LoadedConfiguration loaded = ProgramConfiguration.Reader.Load(
            System.Text.Encoding.UTF8.GetBytes(File), "f", environment, ["tcpgate.port=3"]);

        Assert.Empty(loaded.Describe());
        Assert.Equal(3, loaded.Settings.Get(TcpGateSection.Port));
        Assert.Equal(2, loaded.Settings.Get(CommonSection.Loops));
        Assert.Equal(1, loaded.Settings.Get(CommonSection.DialRetry));
        Assert.Equal("--set tcpgate.port", loaded.Settings.OriginOf(TcpGateSection.Port).ToString());
        Assert.Equal("SLUICE_COMMON__LOOPS", loaded.Settings.OriginOf(CommonSection.Loops).ToString());
    }

    [Fact]
    public void A_wrong_value_in_the_file_is_a_fault_even_where_it_is_overridden() =>
        Assert.StartsWith("test.toml:2:8: ", Configured.OnlyFault("[tcpgate]\nport = \"x\"", "tcpgate.port=1"), StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "SLUICE_TCPGATE__PORT", "x", "SLUICE_TCPGATE__PORT: [tcpgate] port: found the text \"x\"; write a whole number from 0 to 65535")]
    [InlineData(
        "SLUICE_TCPGATE__PORT", "", "SLUICE_TCPGATE__PORT: [tcpgate] port: found the text \"\"; write a whole number from 0 to 65535")]
    [InlineData("SLUICE_TCPGATE__PROT", "1", "SLUICE_TCPGATE__PROT: unknown key \"prot\" in [tcpgate]; the nearest known key is \"port\"")]
    [InlineData("SLUICE_TCPGAT__PORT", "1", "SLUICE_TCPGAT__PORT: unknown section [tcpgat]; the nearest known section is [tcpgate]")]
    [InlineData(
        "SLUICE_TCPGATE__SSL__CERT_FILE",
        "x",
        "SLUICE_TCPGATE__SSL__CERT_FILE: unknown section [tcpgate.ssl]; the nearest known section is [tcpgate.tls]")]
    [InlineData("SLUICE_POLICY__ALLOW", "10.0.0.0/8,x y", "SLUICE_POLICY__ALLOW: [policy] allow: found the text \"x y\", which is no rule")]
    public void A_fault_of_the_environment_names_its_variable(string name, string value, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Configured.LoadWith("", (name, value)).Describe()), StringComparison.Ordinal);

    [Theory]
    [InlineData("tcpgate.port=70000", "--set tcpgate.port: [tcpgate] port: 70000 is out of range; write a whole number from 0 to 65535")]
    [InlineData("tcpgate.prot=1", "--set tcpgate.prot: unknown key \"prot\" in [tcpgate]; the nearest known key is \"port\"")]
    [InlineData("TCPGATE.port=1", "--set TCPGATE.port: unknown section [TCPGATE]; the nearest known section is [tcpgate]")]
    [InlineData("a.b.c=1", "--set a.b.c: unknown section [a.b]; the nearest known section is [")]
    [InlineData("tcpgate.port", "--set tcpgate.port: this sets nothing; write --set section.key=value, for example")]
    [InlineData("port=1", "--set port: this sets nothing; write --set section.key=value, for example")]
    [InlineData("=1", "--set : this sets nothing")]
    [InlineData(".=1", "--set .: this sets nothing")]
    [InlineData("", "--set : this sets nothing")]
    public void A_fault_of_the_command_line_names_its_option(string assignment, string expected) =>
        Assert.StartsWith(expected, Configured.OnlyFault("", assignment), StringComparison.Ordinal);

    [Fact]
    public void Setting_a_key_twice_on_the_command_line_is_a_fault() =>
        Assert.Equal(
            "--set common.loops: \"loops\" in [common] is written twice; keep one",
            Configured.OnlyFault("", "common.loops=1", "common.loops=2"));

    [Theory]
    [InlineData("SLUICE_PORT")]
    [InlineData("SLUICE_SERVICE_HOST")]
    [InlineData("SLUICE_PORT_7082_TCP_ADDR")]
    [InlineData("SLUICE_")]
    [InlineData("SLUICE__")]
    [InlineData("OTHER_TCPGATE__PORT")]
    [InlineData("sluice_tcpgate__port")]
    public void Variables_of_orchestrators_and_others_are_no_settings(string name) =>
        Assert.True(Configured.LoadWith("", (name, "tcp://10.0.0.1:7082")).IsValid);

    [Fact]
    public void Keys_of_the_environment_are_found_in_any_case()
    {
        LoadedConfiguration loaded = Configured.LoadWith("", ("SLUICE_LOG__INFOFILEPATH", "a.log"), ("SLUICE_log__errorfilePath", "b.log"));

        Assert.Equal("a.log", loaded.Settings.Get(LogSection.InfoFile));
        Assert.Equal("b.log", loaded.Settings.Get(LogSection.ErrorFile));
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.0.0.0/8, *.game.internal:9000", "10.0.0.0/8,*.game.internal:9000")]
    [InlineData("[\"10.0.0.0/8\", '127.0.0.1']", "10.0.0.0/8,127.0.0.1")]
    [InlineData("[2001:db8::]/32:7000", "[2001:db8::]/32:7000")]
    [InlineData("", "")]
    [InlineData("[]", "")]
    public void Lists_are_written_with_commas_or_as_TOML(string text, string expected) =>
        Assert.Equal(expected, string.Join(',', Configured.Valid("", $"policy.allow={text}").Get(PolicySection.Allow)!));

    [Theory]
    [InlineData("a=b.log", "a=b.log")]
    [InlineData("\"quoted.log\"", "quoted.log")]
    [InlineData("'", "'")]
    [InlineData("c:\\logs\\i.log", "c:\\logs\\i.log")]
    public void Texts_are_taken_as_they_stand(string text, string expected) =>
        Assert.Equal(expected, Configured.Valid("", $"log.infofilePath={text}").Get(LogSection.InfoFile));
}
