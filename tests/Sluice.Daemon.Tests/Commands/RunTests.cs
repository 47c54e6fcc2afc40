using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Commands;

/// <summary><c>sluice run</c> of the built program: start, serve, log, and every way to end.</summary>
public sealed partial class RunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task With_the_file_of_the_original_bytes_reach_the_backend_and_come_back()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, string ready) = await RunningProgram.ServeAsync(_folder.Path, "admin.port=0");
        await using (program)
        {
            Assert.Matches(Ready(), ready);
            Assert.EndsWith($" pid={program.Id}", ready, StringComparison.Ordinal);
            using FramedClient client = await FramedClient.ConnectAsync(tcp);

            Assert.Equal("ok", await client.GreetAsync(backend.EndPoint));
            Assert.Equal("hello", await client.EchoAsync("hello"));
        }
    }

    [Fact]
    public async Task The_log_files_tell_what_happened()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path);
        await using (program)
        {
            using (FramedClient client = await FramedClient.ConnectAsync(tcp))
            {
                await client.GreetAsync(backend.EndPoint);
                await client.EchoAsync("12345");
            }

            await program.ErrorAsync(line => line.Contains(" INF Session 1 tcp ", StringComparison.Ordinal));
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }

        string[] info = File.ReadAllLines(_folder["log/info.log"]);
        string[] error = File.ReadAllLines(_folder["log/error.log"]);
        Assert.Contains(info, line => line.Contains($"Listening for tcp clients on {tcp}", StringComparison.Ordinal));
        Assert.Contains(
            info,
            line => line.Contains($"key=\"{backend.EndPoint}\" ended: ", StringComparison.Ordinal)
                && line.Contains("5 bytes from the client", StringComparison.Ordinal));
        Assert.Contains(info, line => line.EndsWith("INF SIGTERM received: stopping", StringComparison.Ordinal));
        Assert.EndsWith("INF Sluice has stopped", info[^1], StringComparison.Ordinal);
        Assert.Single(error, line => line.Contains("[policy] allow is not set", StringComparison.Ordinal));

        // The warning about socket buffers depends on the machine.
        Assert.Single(error, line => !line.Contains("net.core.rmem_max", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hostile_keys_reach_the_log_escaped_on_short_lines()
    {
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path, "log.format=json");
        await using (program)
        {
            using FramedClient client = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("error bad_key", await client.GreetAsync("\"\n\u001b[2J" + new string('\u202e', 1000)));
            string line = await program.ErrorAsync(text => text.Contains("bad_key", StringComparison.Ordinal));
            Assert.InRange(line.Length, 10, 2048);
            Assert.DoesNotContain('\u001b', line);
            Assert.DoesNotContain('\u202e', line);
            using var json = JsonDocument.Parse(line);
            Assert.StartsWith("\\\"\\u000a\\u001b[2J\\u202e", json.RootElement.GetProperty("Key").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_gate_that_is_off_is_not_warned_of()
    {
        (RunningProgram program, _, _) = await RunningProgram.ServeAsync(
            _folder.Path, "kcpgate.enabled=false", "wsgate.enabled=false", "policy.allow=127.0.0.1", "log.infofilePath=",
            "log.errorfilePath=e.log");
        await using (program)
        {
            await program.SignalAsync("INT");
            Assert.Equal(0, await program.ExitAsync());
        }

        Assert.Empty(File.ReadAllText(_folder["e.log"]));
        Assert.Equal(["e.log"], _folder.Names());
    }

    [Fact]
    public async Task A_bad_configuration_ends_with_1_and_its_faults()
    {
        _folder.Write("bad.toml", "[tcpgate]\nprot = 1\n");

        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(_folder.Path, "run", "--config", "bad.toml");

        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.Equal(["bad.toml:2:1: unknown key \"prot\" in [tcpgate]; the nearest known key is \"port\""], errors);
        Assert.Equal(["bad.toml"], _folder.Names());
    }

    [Fact]
    public async Task An_address_in_use_ends_with_2_and_one_line_that_names_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = (IPEndPoint)other.LocalEndpoint;

        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "admin.enabled=false", "-s", "tcpgate.bind=127.0.0.1", "-s",
            $"tcpgate.port={taken.Port}");

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains(
            $"[tcpgate] cannot listen on {taken}: the address is in use",
            Assert.Single(errors, line => line.Contains(" CRT ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kcpgate")]
    [InlineData("wsgate")]
    public async Task A_later_listener_whose_address_is_in_use_ends_with_2_and_one_line_that_names_it(string section)
    {
        (RunningProgram first, _, string ready) = await RunningProgram.ServeAsync(_folder.Path);
        await using (first)
        {
            string word = section[..^"gate".Length] + "=";
            string taken = ready.Split(' ').Single(part => part.StartsWith(word, StringComparison.Ordinal))[word.Length..];
            (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
                _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "admin.enabled=false", "-s", "tcpgate.port=0", "-s",
                section == "kcpgate" ? "wsgate.port=0" : "kcpgate.port=0",
                "-s", "common.loops=2", "-s", $"{section}.bind=127.0.0.1", "-s", $"{section}.port={IPEndPoint.Parse(taken).Port}");

            Assert.Equal(2, exitCode);
            Assert.Empty(output);
            string line = Assert.Single(errors, line => line.Contains(" CRT ", StringComparison.Ordinal));
            Assert.Contains($"[{section}] cannot listen on {taken}: the address is in use", line, StringComparison.Ordinal);
            Assert.DoesNotContain(errors, line => line.Contains("Exception", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("redis", "redis.connect=127.0.0.1:{0}")]
    [InlineData("etcd", "etcd.endpoints=http://127.0.0.1:{0}")]
    [InlineData("zookeeper", "zookeeper.connect=127.0.0.1:{0}")]
    public async Task A_signal_during_the_start_ends_it_with_0(string strategy, string address)
    {
        // It takes connections and never says a word, so that the start waits for as long as it may.
        using var registry = new TcpListener(IPAddress.Loopback, 0);
        registry.Start();
        await using var program = RunningProgram.Start(
            _folder.Path,
            ["run", "-c", Repository.OriginalConfiguration, "-s", "admin.enabled=false", "-s", "tcpgate.port=0", "-s",
            "kcpgate.enabled=false", "-s", "wsgate.enabled=false",
             "-s", $"common.header_identify={strategy}", "-s", "common.require_registry=true",
             "-s", string.Format(System.Globalization.CultureInfo.InvariantCulture, address, ((IPEndPoint)registry.LocalEndpoint).Port)]);
        using TcpClient asked = await registry.AcceptTcpClientAsync();

        await program.SignalAsync("TERM");

        Assert.Equal(0, await program.ExitAsync());
        await program.ErrorAsync(line => line.EndsWith("INF SIGTERM received: stopping", StringComparison.Ordinal));
        await program.ErrorAsync(line => line.EndsWith("INF Sluice has stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_gate_whose_address_is_in_use_ends_with_2_and_one_line_too()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var taken = (IPEndPoint)other.LocalEndPoint!;

        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "admin.enabled=false", "-s", "tcpgate.bind=127.0.0.1", "-s",
            "tcpgate.port=0",
            "-s", "kcpgate.bind=127.0.0.1", "-s", $"kcpgate.port={taken.Port}");

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains($"[kcpgate] cannot listen on {taken}: the address is in use", errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_of_another_gateway_of_the_same_user_is_in_use()
    {
        (RunningProgram first, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path);
        await using (first)
        {
            (int exitCode, _, _) = await RunningProgram.RunAsync(
                _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "admin.enabled=false", "-s", "tcpgate.bind=127.0.0.1",
                "-s", $"tcpgate.port={tcp.Port}");

            Assert.Equal(2, exitCode);
        }
    }

    [Fact]
    public async Task An_address_that_the_machine_does_not_have_ends_with_1()
    {
        (int exitCode, _, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "admin.enabled=false", "-s", "tcpgate.bind=192.0.2.1");

        Assert.Equal(1, exitCode);
        Assert.Contains(errors, line => line.Contains("[tcpgate] cannot listen on 192.0.2.1:7082", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unwritable_log_files_cost_a_line_each_and_the_gateway_serves()
    {
        await using var backend = new EchoBackend(_ => { });
        _folder.Write("log", "this is a file, not a folder");
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path);
        await using (program)
        {
            await program.ErrorAsync(
                line => line.StartsWith(
                    "sluice: warning: [log] infofilePath = \"log/info.log\" cannot be written", StringComparison.Ordinal));
            await program.ErrorAsync(
                line => line.StartsWith(
                    "sluice: warning: [log] errorfilePath = \"log/error.log\" cannot be written", StringComparison.Ordinal));
            using FramedClient client = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("ok", await client.GreetAsync(backend.EndPoint));
        }
    }

    [Fact]
    public async Task A_signal_lets_live_sessions_end_refuses_new_clients_and_ends_with_0()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path, "common.drain_timeout=3600");
        await using (program)
        {
            using FramedClient live = await FramedClient.ConnectAsync(tcp);
            await live.GreetAsync(backend.EndPoint);

            await program.SignalAsync("TERM");
            await program.ErrorAsync(line => line.Contains("Draining: 1 sessions", StringComparison.Ordinal));

            Assert.Equal("still here", await live.EchoAsync("still here"));
            using (FramedClient late = await FramedClient.ConnectAsync(tcp))
            {
                Assert.Equal("error draining", await late.ReadFrameAsync());
            }

            Assert.False(program.HasExited);
            live.Dispose();
            Assert.Equal(0, await program.ExitAsync());
        }
    }

    [Fact]
    public async Task When_the_drain_timeout_is_over_sessions_are_cut_off_and_it_ends_with_0()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path, "common.drain_timeout=0.05");
        await using (program)
        {
            using FramedClient live = await FramedClient.ConnectAsync(tcp);
            await live.GreetAsync(backend.EndPoint);

            await program.SignalAsync("INT");

            await program.ErrorAsync(line => line.Contains("1 sessions are cut off", StringComparison.Ordinal));
            Assert.Equal(0, await program.ExitAsync());
        }
    }

    [Fact]
    public async Task SIGHUP_opens_the_log_files_again_and_sessions_go_on()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path);
        await using (program)
        {
            using FramedClient live = await FramedClient.ConnectAsync(tcp);
            await live.GreetAsync(backend.EndPoint);
            await UntilLoggedAsync("Listening for tcp clients");
            File.Move(_folder["log/info.log"], _folder["log/info.1"]);
            File.Move(_folder["log/error.log"], _folder["log/error.1"]);

            await program.SignalAsync("HUP");
            await program.ErrorAsync(
                line => line.EndsWith("INF SIGHUP received: the log files are opened again", StringComparison.Ordinal));

            Assert.Equal("still here", await live.EchoAsync("still here"));
            live.Dispose();
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }

        Assert.EndsWith("INF Sluice has stopped", File.ReadAllLines(_folder["log/info.log"])[^1], StringComparison.Ordinal);
        Assert.Contains("Listening for tcp clients", File.ReadAllText(_folder["log/info.1"]), StringComparison.Ordinal);
        Assert.Empty(File.ReadAllText(_folder["log/error.log"]));
    }

    [Theory]
    [InlineData(">&-")]
    [InlineData("<&- >&-")]
    [InlineData(">/dev/full")]
    public async Task Without_standard_output_it_serves(string redirection)
    {
        await using RunningProgram program = RunningProgram.StartIn(_folder.Path, redirection, "kcpgate.enabled=false");
        await program.ErrorAsync(line => line.Contains("Listening for ws clients", StringComparison.Ordinal));

        await program.SignalAsync("TERM");

        Assert.Equal(0, await program.ExitAsync());
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task A_second_signal_ends_it_at_once(string second, int expected)
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path, "common.drain_timeout=3600");
        await using (program)
        {
            using FramedClient live = await FramedClient.ConnectAsync(tcp);
            await live.GreetAsync(backend.EndPoint);
            await program.SignalAsync("TERM");
            await program.ErrorAsync(line => line.Contains("Draining: 1 sessions", StringComparison.Ordinal));

            await program.SignalAsync(second);

            Assert.Equal(expected, await program.ExitAsync());
        }
    }

    /// <summary>Waits for a line of the log file, which is written after that of the console.</summary>
    private async Task UntilLoggedAsync(string text)
    {
        using var hung = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!File.ReadAllText(_folder["log/info.log"]).Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(1, hung.Token);
        }
    }

    [GeneratedRegex(
        "^ready tcp=127\\.0\\.0\\.1:[1-9][0-9]* kcp=127\\.0\\.0\\.1:[1-9][0-9]* ws=127\\.0\\.0\\.1:[1-9][0-9]* "
            + "admin=127\\.0\\.0\\.1:[1-9][0-9]* pid=[0-9]+$",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Ready();
}
