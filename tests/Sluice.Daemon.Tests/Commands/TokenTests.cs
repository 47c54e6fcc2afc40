using System.Net;
using System.Text;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Commands;

/// <summary><c>sluice token</c> and <c>sluice run</c> with the strategy jwt: the built program on both sides.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TokenTests() => NewSecret("the secret of the tests, long enough for HS256, and the first of two");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_token_of_the_program_leads_to_its_backend_and_a_forged_one_nowhere()
    {
        await using var backend = new EchoBackend(_ => { });
        string token = await TokenAsync(backend.EndPoint, "--ttl", "5m");
        string[] parts = token.Split('.');
        string forged = $"{parts[0]}.{parts[1]}.{new string('A', parts[2].Length)}";
        string none = $"{Encode("""{"alg":"none"}""")}.{parts[1]}.";
        (RunningProgram program, IPEndPoint tcp, _) = await ServeAsync();
        await using (program)
        {
            string[] attacks = [forged, none, $"{parts[0]}.{parts[1]}.", token + "=", "", " " + token, backend.EndPoint.ToString()];
            foreach (string attack in attacks)
            {
                using FramedClient attacker = await FramedClient.ConnectAsync(tcp);
                Assert.Equal(attack.Length == 0 ? "error bad_frame" : "error bad_key", await attacker.GreetAsync(attack));
            }

            using (FramedClient client = await FramedClient.ConnectAsync(tcp))
            {
                Assert.Equal("ok", await client.GreetAsync(token));
                Assert.Equal("hello", await client.EchoAsync("hello"));
            }

            await program.ErrorAsync(
                line => line.Contains("ended: completed", StringComparison.Ordinal)
                    || line.Contains("ended: client_lost", StringComparison.Ordinal));
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }

        string log = File.ReadAllText(_folder["log/info.log"]) + File.ReadAllText(_folder["log/error.log"]);
        Assert.Contains("key=\"(secret)\" ended: ", log, StringComparison.Ordinal);
        Assert.Contains("is rejected: its signature is wrong", log, StringComparison.Ordinal);
        foreach (string part in parts)
        {
            Assert.DoesNotContain(part[..8], log, StringComparison.Ordinal);
            Assert.DoesNotContain(part[^8..], log, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("[tcpgate]\nprot = 1\n[common\nloops = = 2\n[jwt]\nkey_file = \"route.key\"\n", 0)]
    [InlineData("[common]\nheader_identify = \"nothing\"\n[jwt]\nkey_file = \"route.key\"\nnode_registry = \"none\"\n", 0)]
    [InlineData("jwt.key_file = \"route.key\"\n[admin]\nbind = \"0.0.0.0\"\n", 0)]
    [InlineData("[jwt]\nkey_file = route.key\n", 1)]
    [InlineData("[jwt]\nkey_fil = \"route.key\"\n", 1)]
    public async Task Only_faults_of_its_own_section_keep_it_from_making_a_token(string text, int expected)
    {
        _folder.Write("own.toml", text);

        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "token", "-c", "own.toml", "--host", "127.0.0.1", "--port", "7083");

        Assert.Equal(expected, exitCode);
        Assert.Equal(expected == 0 ? 1 : 0, output.Length);
        Assert.Equal(expected, errors.Length);
    }

    [Fact]
    public async Task The_policy_still_decides()
    {
        (RunningProgram program, IPEndPoint tcp, _) = await ServeAsync("policy.allow=10.0.0.0/8");
        await using (program)
        {
            using FramedClient client = await FramedClient.ConnectAsync(tcp);

            Assert.Equal("error denied", await client.GreetAsync(await TokenAsync(new IPEndPoint(IPAddress.Loopback, 7083))));
        }
    }

    [Fact]
    public async Task A_new_key_counts_without_a_restart()
    {
        await using var backend = new EchoBackend(_ => { });
        string old = await TokenAsync(backend.EndPoint, "--ttl", "1h");
        (RunningProgram program, IPEndPoint tcp, _) = await ServeAsync();
        await using (program)
        {
            Assert.Equal("ok", await GreetAsync(tcp, old));

            NewSecret("the secret of the tests, long enough for HS256, and the second of two");
            await program.ErrorAsync(line => line.Contains("the new key is in use", StringComparison.Ordinal));

            Assert.Equal("error bad_key", await GreetAsync(tcp, old));
            Assert.Equal("ok", await GreetAsync(tcp, await TokenAsync(backend.EndPoint)));
        }
    }

    [Fact]
    public async Task Tokens_that_serve_once_serve_once_and_their_client_alone()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await ServeAsync("jwt.one_time=true", "jwt.require_client_ip=true");
        await using (program)
        {
            string token = await TokenAsync(backend.EndPoint, "--one-time", "--client-ip", "127.0.0.1");

            Assert.Equal("ok", await GreetAsync(tcp, token));
            Assert.Equal("error bad_key", await GreetAsync(tcp, token));
            Assert.Equal(
                "error bad_key", await GreetAsync(tcp, await TokenAsync(backend.EndPoint, "--one-time", "--client-ip", "127.0.0.2")));
            Assert.Equal("error bad_key", await GreetAsync(tcp, await TokenAsync(backend.EndPoint, "--client-ip", "127.0.0.1")));
        }
    }

    [Fact]
    public async Task Without_verification_every_start_warns()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(
            _folder.Path, "common.header_identify=jwt", "jwt.verify=false");
        await using (program)
        {
            await program.ErrorAsync(line => line.Contains("WRN [jwt] verify = false", StringComparison.Ordinal));
            Assert.Equal("ok", await GreetAsync(tcp, $"x.{Encode($$"""{"host":"127.0.0.1","port":{{backend.EndPoint.Port}}}""")}.y"));
        }
    }

    [Fact]
    public async Task What_the_configuration_says_goes_into_the_token()
    {
        _folder.Write(
            "a.toml", $"[jwt]\nkey_file = '{_folder["route.key"]}'\nissuer = \"login\"\naudience = \"sluice\"\nalgorithms = [\"HS384\"]\n");

        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "token", "--config", "a.toml", "--node", "s1", "--ttl", "1h", "--kid", "k", "--jti", "j");

        Assert.Equal((0, []), (exitCode, errors));
        string[] parts = Assert.Single(output).Split('.');
        Assert.Equal("""{"alg":"HS384","kid":"k","typ":"JWT"}""", Decode(parts[0]));
        Assert.Matches("""^{"node":"s1","iss":"login","aud":"sluice","jti":"j","iat":\d+,"exp":\d+}$""", Decode(parts[1]));
    }

    [Theory]
    [InlineData("token", "write --host HOST --port PORT, or --node NAME alone")]
    [InlineData("token --host 127.0.0.1", "write --host HOST --port PORT")]
    [InlineData("token --node s1 --host a --port 1", "or --node NAME alone")]
    [InlineData("token --host 127.1 --port 7083", "write an address or a name")]
    [InlineData("token --host a --port 65536", "a port from 1 to 65535")]
    [InlineData("token --host a --port x", "x")]
    [InlineData("token --host a --port 1", "--key-file or [jwt] key_file is needed")]
    [InlineData("token --host a --port 1 --key-file none.key", "\"none.key\" does not exist; make a secret with: openssl rand")]
    [InlineData("token --host a --port 1 --key-file route.key --algorithm none", "\"none\" is not known; write HS256")]
    [InlineData("token --host a --port 1 --key-file route.key --algorithm RS256", "is for HS256, HS384, HS512, not for RS256")]
    [InlineData("token --host a --port 1 --key-file route.key --ttl 0s", "--ttl takes a whole number and a unit")]
    [InlineData("token --host a --port 1 --key-file route.key --ttl 5", "--ttl takes a whole number and a unit")]
    [InlineData("token --host a --port 1 --key-file route.key --ttl 99999d", "--ttl takes a whole number and a unit")]
    [InlineData("token --host a --port 1 --key-file route.key --client-ip local", "\"local\" is no address")]
    [InlineData("token --host a --port 1 --key-file route.key --client-ip 010.0.0.1", "\"010.0.0.1\" is no address")]
    [InlineData("token --host a --port 1 --key-file route.key --client-ip 10.1", "\"10.1\" is no address")]
    [InlineData("token --host a --port 1 --key-file route.key --client-ip fe80::1%1", "\"fe80::1%1\" is no address")]
    [InlineData("token --host a --port 1 --key-file route.key --protocol udp", "\"udp\" is neither tcp nor kcp")]
    [InlineData("token --host a --port 1 --config none.toml", "none.toml: there is no such file")]
    public async Task A_wrong_call_is_told_and_prints_no_token(string arguments, string expected)
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(_folder.Path, arguments.Split(' '));

        Assert.Equal(1, exitCode);
        Assert.DoesNotContain(output, line => line.Contains("eyJ", StringComparison.Ordinal));
        Assert.Contains(errors, line => line.Contains(expected, StringComparison.Ordinal));
    }

    /// <summary>As it may be written, that is: 00:01:00 is not taken.</summary>
    [Fact]
    public async Task The_help_says_how_long_a_token_is_good_without_being_told()
    {
        (int exitCode, string[] output, _) = await RunningProgram.RunAsync(_folder.Path, "token", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains(
            output,
            line => line.Contains("--ttl <TIME>", StringComparison.Ordinal) && line.EndsWith("without it, 60s", StringComparison.Ordinal));
    }

    private void NewSecret(string text)
    {
        string path = _folder.Write("route.key", text + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private async Task<string> TokenAsync(IPEndPoint backend, params string[] arguments)
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, [
                "token", "--host", backend.Address.ToString(), "--port", $"{backend.Port}", "--key-file", "route.key", .. arguments,
            ]);
        Assert.Equal((0, []), (exitCode, errors));
        return Assert.Single(output);
    }

    private Task<(RunningProgram Program, IPEndPoint Tcp, string Ready)> ServeAsync(params string[] settings) =>
        RunningProgram.ServeAsync(_folder.Path, ["common.header_identify=jwt", "jwt.key_file=route.key", "log.level=debug", .. settings]);

    private static async Task<string> GreetAsync(IPEndPoint gateway, string token)
    {
        using FramedClient client = await FramedClient.ConnectAsync(gateway);
        return await client.GreetAsync(token);
    }

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Decode(string part) => Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(part));
}
