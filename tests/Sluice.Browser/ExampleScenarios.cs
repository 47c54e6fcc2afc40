using System.Diagnostics;
using Sluice.Gateway.Policy;
using Sluice.Testing.Gateways;
using Sluice.Transport.WebSocket;

namespace Sluice.Browser;

/// <summary>The example client, started as the README shows. <see cref="PageScenarios"/> covers the example page.</summary>
public sealed class ExampleScenarios
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_example_client_exchanges_messages_or_prints_the_rejection(bool allowed)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await BrowserWorld.StartAsync(
            gate => gate with { ToClient = WebSocketFraming.LengthPrefixed },
            options => options with { Deny = allowed ? [] : [Rule(backend.Key)] });

        (int exitCode, string[] output) = await ExampleAsync($"{world.EndPoint}", backend.Key);

        string[] talk = ["the gateway says: ok", "the backend says: hello from the other side of the gateway"];
        Assert.Equal(allowed ? talk : ["the gateway says: error denied"], output);
        Assert.Equal(allowed ? 0 : 1, exitCode);
    }

    private static PolicyRule Rule(string text) =>
        PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new InvalidOperationException($"'{text}' is not a rule.");

    private static async Task<(int ExitCode, string[] Output)> ExampleAsync(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "WebSocketClient.exe" : "WebSocketClient");
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(NodePeer.Patience);
        await process.WaitForExitAsync().WaitAsync(NodePeer.Patience);
        return (process.ExitCode, output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }
}
