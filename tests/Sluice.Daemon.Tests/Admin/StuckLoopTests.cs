using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Sluice.Daemon.Admin;
using Sluice.Daemon.Sections;
using Sluice.Daemon.Tests.Kit;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Routing;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Admin;

/// <summary>A strategy that blocks its loop.</summary>
public sealed class StuckLoopTests
{
    [Fact]
    public async Task Health_fails_and_names_the_loop_until_it_turns_again()
    {
        using var goesOn = new ManualResetEventSlim();
        await using var gateway = new SluiceGateway(new GatewayOptions
        {
            Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
            Loops = 1,
            Resolver = new Blocking(goesOn),
        });
        var readiness = new Readiness(new TaskCompletionSource().Task);
        await using var server = new AdminServer(
            AdminSection.Build(Configured.Valid("[admin]\nport = 0\n")), readiness, NullLogger.Instance);
        await server.StartAsync();
        readiness.Starts(gateway);
        await gateway.StartAsync();
        readiness.Serves();
        using var admin = new AdminClient($"admin={server.EndPoint}");
        Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
        using FramedClient client = await FramedClient.ConnectAsync(gateway.Listeners[0].EndPoint);
        Task<string> answer = client.GreetAsync("anything");

        // It is looked at in real time, since that is what a thread is stuck in.
        Assert.Equal("stuck\nevent loops that do not turn: loop-0\n", await UntilAsync(admin, 503));
        Assert.True((await admin.MetricsAsync())["sluice_loops_stuck"] >= 1);

        goesOn.Set();
        Assert.Equal("error not_found", await answer);
        Assert.Equal("ok\n", await UntilAsync(admin, 200));
    }

    private static async Task<string> UntilAsync(AdminClient admin, int wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            (int status, string body) = await admin.AskAsync("/healthz");
            if (status == wanted)
            {
                return body;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    private sealed class Blocking(ManualResetEventSlim goesOn) : IBackendResolver
    {
        public string Name => "blocking";

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation)
        {
            goesOn.Wait(TimeSpan.FromSeconds(60), CancellationToken.None);
            return new(Resolution.NotFound);
        }
    }
}
