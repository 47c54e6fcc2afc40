using Sluice.Daemon.Configuration;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Configuration;

/// <summary>The messages and the places of faults in a file.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("[tcpgate]\nprot = 7082", "test.toml:2:1: unknown key \"prot\" in [tcpgate]; the nearest known key is \"port\"")]
    [InlineData(
        "[tcpgate]\n  zerocopy = true", "test.toml:2:3: unknown key \"zerocopy\" in [tcpgate]; the nearest known key is \"zero_copy\"")]
    [InlineData("[tcpgate]\nPort = 1", "test.toml:2:1: unknown key \"Port\" in [tcpgate]; the nearest known key is \"port\"")]
    [InlineData(
        "[common]\ndail_retry = 1", "test.toml:2:1: unknown key \"dail_retry\" in [common]; the nearest known key is \"dial_retry\"")]
    [InlineData(
        "[tcpgate]\ndial_retry = 1",
        "test.toml:2:1: unknown key \"dial_retry\" in [tcpgate]; that key belongs to [common]; the nearest key here is \"dial_timeout\"")]
    [InlineData("[tcpgat]\nport = 1\nx = 2", "test.toml:1:2: unknown section [tcpgat]; the nearest known section is [tcpgate]")]
    [InlineData("[limit]", "test.toml:1:2: unknown section [limit]; the nearest known section is [limits]")]
    [InlineData("[jwks]\nleeway = 5", "test.toml:1:2: unknown section [jwks]; the nearest known section is [jwt]")]
    [InlineData("[tcpgate.ssl]\nx = 1", "test.toml:1:2: unknown section [tcpgate.ssl]; the nearest known section is [tcpgate.tls]")]
    [InlineData(
        "port = 1",
        "test.toml:1:1: \"port\" stands outside of every section; put it below its header, the nearest known key is port in [tcpgate]")]
    [InlineData("[common]\nloops = 1\nloops = 2", "test.toml:3:1: \"loops\" in [common] is written twice, first in line 2; keep one")]
    [InlineData(
        "common.loops = 1\n[common]\nloops = 2", "test.toml:3:1: \"loops\" in [common] is written twice, first in line 1; keep one")]
    [InlineData("[common]\nloops = 1\n[common]", "test.toml:3:2: section [common] is written twice, first in line 1; keep one")]
    [InlineData("[[common]]\nloops = 1", "test.toml:1:3: [[common]] is a list of sections; write [common]")]
    [InlineData(
        "[policy]\nallow = [\"10.0.0.0/8\",\n    \"10.0.0.0/99\"]",
        "test.toml:3:5: [policy] allow: found the text \"10.0.0.0/99\", which is no rule; write")]
    [InlineData("[common]\n\"\\u001b[31m\" = 1", "test.toml:2:1: unknown key \"\\u001b[31m\" in [common]; the nearest known key is \"")]
    [InlineData("[log]\nlevel = \"\\u202Einfo\\n\"", "test.toml:2:9: [log] level: \"\\u202einfo\\u000a\" is not known; the nearest is")]
    public void A_fault_names_place_fault_and_remedy(string text, string expected) =>
        Assert.StartsWith(expected, Configured.OnlyFault(text), StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "[common]\nloops == 1",
        "test.toml:2:8: this is not valid TOML: Unexpected token `=` for a value; write a number, true, false, or a text in quotes")]
    [InlineData("[common]\nloops = yes", "test.toml:2:9: this is not valid TOML: Unexpected token `yes` for a value; write")]
    [InlineData("[common\nloops = 1", "test.toml:1:8: this is not valid TOML")]
    [InlineData("[common]\nloops = 99999999999999999999", "test.toml:2:9: this is not valid TOML: Unable to parse integer")]
    [InlineData("[log]\nlevel = \"debug", "test.toml:2:")]
    [InlineData("[log]\nlevel = \"debug\nformat = \"json\"", "test.toml:2:15: a string is not closed")]
    [InlineData("[log]\nlevel = \"a\\qb\"", "test.toml:2:12: this is not valid TOML: Unexpected escape character")]
    [InlineData("[log]\nlevel = \"debug\\", "test.toml:2:16: a string is not closed")]
    [InlineData("[log]\nlevel = \"\"\"debug\n", "test.toml:2:17: this is not valid TOML: Invalid End-Of-File found for multi-line string")]
    [InlineData("[log]\n\0", "test.toml:2:1: this is not valid TOML")]
    public void A_fault_of_the_syntax_has_a_place_and_says_nothing_else_about_its_line(string text, string expected) =>
        Assert.StartsWith(expected, Configured.OnlyFault(text), StringComparison.Ordinal);

    [Fact]
    public void Every_fault_is_found_in_one_go_in_the_order_of_the_file()
    {
        string[] faults = Configured.Faults(
            """
            [tcpgate]
            prot = 7082
            dial_timeout = = 5
            idle_timeout = -1
            [common
            loops = 2
            [policy]
            allow = ["10.0.0.0/8"
              "10.0.0.0/99"]
            deny = 5
            [log]
            level = "loud
            format = "xml"
            """,
            "tcpgate.port=x");

        Assert.Equal(
            [
                "test.toml:2:1", "test.toml:3:16", "test.toml:4:16", "test.toml:5:8", "test.toml:9:3", "test.toml:10:8", "test.toml:12:14",
                "test.toml:13:10", "--set tcpgate.port",
            ],
            faults.Select(fault => fault[..fault.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_flood_of_faults_is_counted_not_listed()
    {
        string text = "[common]\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"key{i} = 1\n"));

        string[] faults = Configured.Faults(text);

        Assert.Equal(FaultList.MaxKept + 1, faults.Length);
        Assert.Equal("400 more faults are not listed", faults[^1]);
    }

    [Fact]
    public void A_long_name_is_shown_in_part()
    {
        string fault = Configured.OnlyFault($"[common]\n{new string('x', 500_000)} = 1");

        Assert.True(fault.Length < 300, fault);
    }

    [Fact]
    public void A_byte_order_mark_and_line_ends_of_Windows_are_taken()
    {
        byte[] bytes = [0xef, 0xbb, 0xbf, .. "[tcpgate]\r\nport = 1\r\nprot = 2\r\n"u8];

        string fault = Assert.Single(Configured.LoadBytes(bytes).Describe());

        Assert.StartsWith("test.toml:3:1: unknown key", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_count_characters()
    {
        string fault = Configured.OnlyFault("[policy]\nallow = [\"é\", \"10.0.0.0/8\"]");

        Assert.StartsWith("test.toml:2:10: ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_UTF8_is_a_fault_at_its_place()
    {
        byte[] bytes = [.. "[log]\nlevel = \"é"u8, 0xe9, .. "\"\n"u8];

        Assert.Equal("test.toml:2:11: this is not UTF-8; save the file as UTF-8", Assert.Single(Configured.LoadBytes(bytes).Describe()));
    }

    [Fact]
    public void A_huge_file_is_refused_and_one_at_the_bound_is_read()
    {
        byte[] largest = new byte[1024 * 1024];
        largest.AsSpan().Fill((byte)'\n');

        Assert.True(Configured.LoadBytes(largest).IsValid);
        Assert.StartsWith(
            "test.toml: the file is larger than 1048576 bytes",
            Assert.Single(Configured.LoadBytes([.. largest, (byte)'\n']).Describe()),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a = [")]
    [InlineData("a = {b = ")]
    public void Deep_nesting_is_a_fault_and_no_stack_overflow(string opening)
    {
        string text = "a = " + string.Concat(Enumerable.Repeat(opening[4..], 100_000));

        Assert.NotEmpty(Configured.Faults(text));
    }

    [Fact]
    public void Missing_files_and_folders_are_one_clear_line_each()
    {
        using var folder = new TemporaryFolder();

        string missing = Assert.Single(ProgramConfiguration.Reader.Load(folder["none.toml"], Configured.NoEnvironment, []).Describe());
        string directory = Assert.Single(ProgramConfiguration.Reader.Load(folder.Path, Configured.NoEnvironment, []).Describe());
        string empty = Assert.Single(ProgramConfiguration.Reader.Load("", Configured.NoEnvironment, []).Describe());

        Assert.Equal($"{folder["none.toml"]}: there is no such file; create it, or name another with --config FILE", missing);
        Assert.Equal($"{folder.Path}: this is a directory; name a file with --config FILE", directory);
        Assert.Contains("--config FILE", empty, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_an_end_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/zero");

        Assert.Contains(
            "larger than",
            Assert.Single(ProgramConfiguration.Reader.Load("/dev/zero", Configured.NoEnvironment, []).Describe()),
            StringComparison.Ordinal);
    }
}
