using System.Net;
using System.Net.Sockets;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Logging;

/// <summary>However the program ends, its last lines are in the files.</summary>
public sealed class LoggingAtTheEndTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task By_a_fault_at_its_start()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = (IPEndPoint)other.LocalEndpoint;

        (int exitCode, _, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path,
            "run", "-c", Repository.OriginalConfiguration,
            "-s", "tcpgate.bind=127.0.0.1", "-s", $"tcpgate.port={taken.Port}", "-s", "kcpgate.enabled=false", "-s", "admin.enabled=false");

        Assert.Equal(2, exitCode);
        Assert.EndsWith("config.toml", Assert.Single(File.ReadAllLines(_folder["log/info.log"])), StringComparison.Ordinal);
        Assert.Contains(
            $" CRT Not started: [tcpgate] cannot listen on {taken}",
            File.ReadAllLines(_folder["log/error.log"])[^1],
            StringComparison.Ordinal);
        Assert.Contains(" CRT ", errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_a_signal()
    {
        (RunningProgram program, _, _) = await RunningProgram.ServeAsync(_folder.Path);
        await using (program)
        {
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }

        Assert.EndsWith("INF Sluice has stopped", File.ReadAllLines(_folder["log/info.log"])[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_a_second_signal()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(_folder.Path, "common.drain_timeout=3600");
        await using (program)
        {
            // A session that lives, or there would be nothing to wait for after the first signal.
            using FramedClient live = await FramedClient.ConnectAsync(tcp);
            Assert.Equal("ok", await live.GreetAsync(backend.EndPoint));
            await program.SignalAsync("TERM");
            await program.ErrorAsync(line => line.Contains("SIGTERM received", StringComparison.Ordinal));
            await program.SignalAsync("TERM");
            Assert.Equal(143, await program.ExitAsync());
        }

        Assert.Contains(
            File.ReadAllLines(_folder["log/info.log"]), line => line.EndsWith("INF SIGTERM received: stopping", StringComparison.Ordinal));
    }
}
