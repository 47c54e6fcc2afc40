using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Commands;

/// <summary>The built program, as a user calls it: what it prints, and how it ends.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("version")]
    [InlineData("--version")]
    public async Task Version_says_which(string command)
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(_folder.Path, command);

        Assert.Equal(0, exitCode);
        Assert.Matches("^(sluice )?[0-9]+\\.[0-9]+\\.[0-9]+", Assert.Single(output));
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("--help", "sluice check --config")]
    [InlineData("run --help", "sluice run --set")]
    [InlineData("check --help", "--config")]
    [InlineData("demo --help", "--rounds")]
    public async Task Help_shows_examples_to_copy(string arguments, string expected)
    {
        (int exitCode, string[] output, _) = await RunningProgram.RunAsync(_folder.Path, arguments.Split(' '));

        Assert.Equal(0, exitCode);
        Assert.Contains("Examples:", output);
        Assert.Contains(output, line => line.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("rum")]
    [InlineData("run --confg x")]
    [InlineData("run --config")]
    [InlineData("run more")]
    [InlineData("demo --rounds -1")]
    [InlineData("demo --rounds x")]
    [InlineData("token --nope")]
    public async Task A_wrong_command_line_ends_with_1_and_says_nothing_that_a_script_would_keep(string arguments)
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.NotEmpty(errors);
        Assert.DoesNotContain(errors, line => line.Contains("Unhandled exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_of_a_good_file_says_ok_and_ends_with_0()
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "check", "--config", Repository.OriginalConfiguration);

        Assert.Equal(0, exitCode);
        Assert.Equal([$"{Repository.OriginalConfiguration}: ok"], output);
        Assert.Empty(errors);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task Check_reads_config_config_toml_by_default()
    {
        (int missing, string[] output, _) = await RunningProgram.RunAsync(_folder.Path, "check");
        Assert.Equal(
            (1, "config/config.toml: there is no such file; create it, or name another with --config FILE"),
            (missing, Assert.Single(output)));

        Directory.CreateDirectory(_folder["config"]);
        _folder.Write("config/config.toml", "[tcpgate]\nport = 1\n");
        (int found, output, _) = await RunningProgram.RunAsync(_folder.Path, "check");
        Assert.Equal((0, "config/config.toml: ok"), (found, Assert.Single(output)));
    }

    [Fact]
    public async Task Check_prints_every_fault_and_ends_with_1()
    {
        _folder.Write("bad.toml", "[tcpgate]\nprot = 1\nport = 70000\n");

        (int exitCode, string[] output, _) = await RunningProgram.RunAsync(
            _folder.Path, "check", "--config", "bad.toml", "--set", "common.loops=x");

        Assert.Equal(1, exitCode);
        Assert.Equal(
            [
                "bad.toml:2:1: unknown key \"prot\" in [tcpgate]; the nearest known key is \"port\"",
                "bad.toml:3:8: [tcpgate] port: 70000 is out of range; write a whole number from 0 to 65535",
                "--set common.loops: [common] loops: found the text \"x\"; write a whole number from 0 to 1024",
            ],
            output);
    }

    [Fact]
    public async Task The_environment_of_the_program_is_read()
    {
        _folder.Write("a.toml", "");
        await using var program = RunningProgram.Start(_folder.Path, ["check", "--config", "a.toml"], ("SLUICE_TCPGATE__PORT", "many"));

        Assert.StartsWith("SLUICE_TCPGATE__PORT: [tcpgate] port: ", await program.OutputAsync(_ => true), StringComparison.Ordinal);
        Assert.Equal(1, await program.ExitAsync());
    }

    [Fact]
    public async Task The_demo_shows_a_session_of_every_row_from_both_sides_and_ends_with_0()
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(_folder.Path, "demo", "--rounds", "2");

        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        string[] shared = ["client   sends the key", "receives \"ok\"", "client   sends \"message 1\"", "receives \"message 1\"",
            "client   sends \"message 2\"", "receives \"message 2\""];
        string[] tcp = [.. shared, "backend  accepts a connection", "backend  sees the client's end"];
        AssertShown(
            "tcp -> tcp", [.. tcp, "connects to the gateway", "receives 9 bytes", "half-close", "both sides are done", "ended: completed"]);
        AssertShown(
            "ws -> tcp", [.. tcp, "in the query", "receives 13 bytes", "close code 1000", "both sides are done", "ended: completed"]);
        AssertShown("kcp -> tcp", [.. tcp, "without FEC", "receives 9 bytes", "falls silent", "ended: idle"]);
        AssertShown(
            "kcp -> kcp",
            [.. shared, "FEC 10/3", "backend  receives the first datagram", "receives 9 bytes", "falls silent", "ended: idle"]);
        Assert.EndsWith("done: 4 rows, 2 rounds, 8 sessions (4 completed, 4 idle)", output[^1], StringComparison.Ordinal);

        void AssertShown(string row, string[] steps) => Assert.All(steps, expected => Assert.Contains(
            output, line => line.Contains($"  {row}  ", StringComparison.Ordinal) && line.Contains(expected, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_demo_ends_by_itself_after_a_round_of_at_most_40_lines_and_cuts_off_no_session()
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(_folder.Path, "demo");

        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        Assert.InRange(output.Length, 4, 40);
        Assert.Contains(output, line => line.Contains("  demo-1   is a gateway", StringComparison.Ordinal));
        Assert.Contains(output, line => line.Contains("  demo-2   is a gateway", StringComparison.Ordinal));
        Assert.EndsWith("done: 4 rows, 1 round, 4 sessions (2 completed, 2 idle)", output[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "kcp -> kcp", "forgets its client")]
    [InlineData("1", "demo", "waits 5 s")]
    public async Task Ctrl_C_ends_the_demo_at_once(string rounds, string who, string what)
    {
        await using var program = RunningProgram.Start(_folder.Path, ["demo", "--rounds", rounds]);
        await program.OutputAsync(line => line.Contains(who, StringComparison.Ordinal) && line.Contains(what, StringComparison.Ordinal));

        await program.SignalAsync("INT");

        Assert.Equal(0, await program.ExitAsync());
    }
}
