using System.Net;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Commands;

/// <summary>
/// More clients than descriptors. The runtime ends a process that cannot open one for a new thread, so running out must not
/// mean the last one.
/// </summary>
public sealed class DescriptorLimitTests : IDisposable
{
    private const int Descriptors = 300;

    /// <summary>Against hangs alone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_program_survives_more_clients_than_descriptors_and_serves_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is set by bash and counted by Linux");
        await using var backend = new EchoBackend(_ => { });

        // One loop, so that the first clients are the first ones that are accepted, and none of them is left waiting for a place.
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeWithDescriptorsAsync(
            _folder.Path, Descriptors, "common.loops=1");
        await using (program)
        {
            var clients = new List<FramedClient>();
            for (int i = 0; i < 2 * Descriptors; i++)
            {
                clients.Add(await FramedClient.ConnectAsync(tcp));
            }

            await program.ErrorAsync(line => line.Contains("No descriptor or memory is left", StringComparison.Ordinal));

            // Names are looked up on threads that are yet to be started, and there is no descriptor for a backend.
            string key = $"localhost:{backend.EndPoint.Port}";
            Assert.Equal("error busy", await clients[0].GreetAsync(key));

            // Many at once take many threads. A rejected client makes room after two seconds, which the machine may need for the others.
            string[] answers = await Task.WhenAll(clients[1..41].Select(client => client.GreetAsync(key)));
            Assert.All(answers, answer => Assert.True(answer is "error busy" or "ok", answer));
            clients.ForEach(client => client.Dispose());

            await program.ErrorAsync(line => line.Contains("accepts connections again", StringComparison.Ordinal));
            await AssertServedAsync(tcp, backend);
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }
    }

    [Theory]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(100)]
    public async Task Too_few_descriptors_to_start_are_told_in_one_line_with_the_remedy(int descriptors)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is set by bash and counted by Linux");
        (int exitCode, string[] output, string[] errors) =
            await RunningProgram.RunWithDescriptorsAsync(_folder.Path, descriptors, "common.loops=2");
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        string line = Assert.Single(errors);
        Assert.Contains($"only {descriptors} file descriptors", line, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", line, StringComparison.Ordinal);
    }

    /// <summary>The dropped sockets are closed one by one. A client that arrives meanwhile is rejected.</summary>
    private static async Task AssertServedAsync(IPEndPoint tcp, EchoBackend backend)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using FramedClient client = await FramedClient.ConnectAsync(tcp);
            string answer = await client.GreetAsync(backend.EndPoint);
            if (answer == "ok")
            {
                Assert.Equal("served", await client.EchoAsync("served"));
                return;
            }

            Assert.False(patience.IsCancellationRequested, $"still told {answer}");
        }
    }
}
