using System.Net;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Admin;

/// <summary>The token of the admin endpoint: who needs it, and who never sees it.</summary>
public sealed class TokenTests : IDisposable
{
    private const string Token = "zRt-0123456789abcdef";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Metrics_need_it_and_probes_do_not()
    {
        _folder.Write(
            "a.toml", $"[admin]\nport = 0\nbind = \"0.0.0.0\"\ntoken = \"{Token}\"\n[tcpgate]\nport = 0\n[log]\nlevel = \"debug\"\n");
        await using var program = RunningProgram.Start(_folder.Path, ["run", "-c", "a.toml"]);
        string ready = await program.OutputAsync(line => line.StartsWith("ready ", StringComparison.Ordinal));
        using var admin = new AdminClient(ready.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));

        string?[] wrongOnes =
        [
            null, "", "Bearer", "Bearer ", "Bearer x", $"Bearer {Token}x", $"Bearer {Token[..^1]}", $"Basic {Token}", Token,
            $"Bearer  {Token}",
        ];
        foreach (string? wrong in wrongOnes)
        {
            using HttpResponseMessage answer = await admin.SendAsync(HttpMethod.Get, "/metrics", wrong);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Bearer realm=\"sluice\"", answer.Headers.WwwAuthenticate.ToString());
            Assert.DoesNotContain("sluice_", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(200, (await admin.AskAsync("/metrics", $"Bearer {Token}")).Status);
        Assert.Equal(200, (await admin.AskAsync("/metrics", $"bearer {Token}")).Status);
        Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
        Assert.Equal((200, "ready\n"), await admin.AskAsync("/readyz"));

        await program.SignalAsync("TERM");
        Assert.Equal(0, await program.ExitAsync());
        Assert.All(
            ["log/info.log", "log/error.log"],
            file => Assert.DoesNotContain(Token, File.ReadAllText(_folder[file]), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bind = \"0.0.0.0\"", "test.toml:2:1: [admin] bind: whoever reaches an address that is not of the loopback")]
    [InlineData("bind = \"\"", "test.toml:2:1: [admin] bind: ")]
    [InlineData("token = \"\"\nbind = \"fe80::1\"", "test.toml:3:1: [admin] bind: ")]
    public void An_address_that_others_reach_needs_it(string lines, string fault)
    {
        string said = Configured.OnlyFault($"[admin]\n{lines}\n");
        Assert.StartsWith(fault, said, StringComparison.Ordinal);
        Assert.Contains("write a token beside it", said, StringComparison.Ordinal);
        Configured.Valid($"[admin]\n{lines.Replace("token = \"\"", "", StringComparison.Ordinal)}\ntoken = \"{Token}\"\n");
        Configured.Valid($"[admin]\n{lines}\nenabled = false\n");
    }

    [Theory]
    [InlineData("token = \"zRtsecret\"")]
    [InlineData("token = zRtsecret")]
    [InlineData("token = \"zRtsecret")]
    [InlineData("\"token\" = \"0123456789abcdef\" zRtsecret")]
    [InlineData("token = 'zRtsecret with a space'")]
    [InlineData("token = \"zRtsecret-0123456789\"\ntoken = \"zRtsecret-9876543210\"")]
    [InlineData("token = [\"zRtsecret-0123456789\"]")]
    [InlineData("token = { a = \"zRtsecret-0123456789\" }")]
    [InlineData("tokn = \"zRtsecret-0123456789\"")]
    public async Task No_fault_repeats_it(string line)
    {
        _folder.Write("a.toml", $"[admin]\n{line}\n");
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(_folder.Path, "check", "-c", "a.toml");

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain("zRtsecret", string.Join('\n', [.. output, .. errors]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zRtsecret")]
    [InlineData("zRtsecret with a space")]
    [InlineData("\"zRtsecret")]
    public void Neither_do_those_of_the_environment_and_the_command_line(string text)
    {
        Assert.DoesNotContain(
            "zRtsecret", string.Join('\n', Configured.LoadWith("", ("SLUICE_ADMIN__TOKEN", text)).Describe()), StringComparison.Ordinal);
        Assert.DoesNotContain("zRtsecret", string.Join('\n', Configured.Faults("", $"admin.token={text}")), StringComparison.Ordinal);
        Assert.NotEmpty(Configured.Faults("", $"admin.token={text}"));
    }
}
