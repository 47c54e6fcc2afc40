using System.Diagnostics;
using System.Globalization;
using System.Net;
using Sluice.Hosting.Tests.Kit;
using Sluice.Testing.Programs;

namespace Sluice.Hosting.Tests;

/// <summary>examples/HostedGateway as a reader of the README starts it.</summary>
public sealed class ExampleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Clients_get_through_to_their_room_and_SIGTERM_ends_it_well()
    {
        using var backend = new EchoBackend();
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "HostedGateway.exe" : "HostedGateway");
        using Process process = Process.Start(
            new ProcessStartInfo(program, ["--Port=0", $"--Rooms:42={backend.EndPoint}"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            const string Listening = "listening on ";
            string? line = "";
            while (line?.StartsWith(Listening, StringComparison.Ordinal) == false)
            {
                line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            }

            var gateway = IPEndPoint.Parse(line![Listening.Length..]);
            Task<string> rest = process.StandardOutput.ReadToEndAsync();
            using (FramedClient client = await FramedClient.ConnectAsync(gateway))
            {
                Assert.Equal("ok", await client.GreetAsync("room:42"));
                Assert.Equal("hello", await client.EchoAsync("hello"));
            }

            using (FramedClient lost = await FramedClient.ConnectAsync(gateway))
            {
                Assert.Equal("error not_found", await lost.GreetAsync("room:43"));
            }

            if (!OperatingSystem.IsWindows())
            {
                using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
                await process.WaitForExitAsync().WaitAsync(Patience);
                Assert.Equal(0, process.ExitCode);
                Assert.Contains("info: Sluice[", await rest, StringComparison.Ordinal);
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
