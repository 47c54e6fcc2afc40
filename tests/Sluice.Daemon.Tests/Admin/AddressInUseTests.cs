using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Daemon.Admin;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Admin;

/// <summary>The admin endpoint's address belongs to somebody else.</summary>
public sealed class AddressInUseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task One_that_was_configured_ends_with_2_and_one_line_that_names_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = (IPEndPoint)other.LocalEndpoint;

        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "tcpgate.port=0", "-s", $"admin.port={taken.Port}");

        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Contains(
            $"Not started: [admin] cannot listen on {taken}: the address is in use. End the program that has it, or choose another port.",
            Assert.Single(errors, line => line.Contains(" CRT ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_the_machine_does_not_have_ends_with_1()
    {
        (int exitCode, _, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, "run", "-c", Repository.OriginalConfiguration, "-s", "tcpgate.port=0", "-s", "admin.bind=192.0.2.1", "-s",
            "admin.token=0123456789abcdef");

        Assert.Equal(1, exitCode);
        Assert.Contains(
            errors,
            line => line.Contains("[admin] cannot listen on 192.0.2.1:9180: this machine has no such address", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_default_is_warned_of_and_the_gateway_serves()
    {
        using var other = new TcpListener(IPAddress.Loopback, 9180);
        try
        {
            other.Start();
        }
        catch (SocketException)
        {
            // Some other program of this machine has it: as good.
        }

        await using var program = RunningProgram.Start(
            _folder.Path,
            [
                "run", "-c", Repository.OriginalConfiguration, "-s", "tcpgate.port=0", "-s", "kcpgate.enabled=false", "-s",
                "wsgate.enabled=false",
            ]);
        string ready = await program.OutputAsync(line => line.StartsWith("ready ", StringComparison.Ordinal));

        Assert.DoesNotContain("admin=", ready, StringComparison.Ordinal);
        string warning = await program.ErrorAsync(
            line => line.Contains(" WRN [admin] cannot listen on 127.0.0.1:9180: the address is in use.", StringComparison.Ordinal));
        Assert.EndsWith("Serving without the admin endpoint, since [admin] is not configured", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[tcpgate]\nport = 9180\n")]
    [InlineData("[wsgate]\nport = 9180\nenabled = true\n")]
    public async Task The_default_gives_way_to_a_listener_of_the_gateway(string text)
    {
        await using var admin = new AdminServer(
            AdminSection.Build(Configured.Valid(text)), new Readiness(Task.CompletedTask), NullLogger.Instance);
        await admin.StartAsync();

        Assert.Null(admin.EndPoint);
    }
}
