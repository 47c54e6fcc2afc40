using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Sluice.Browser;

/// <summary>A program of the folder node: it is told what to do in JSON lines, and says in one line each what came of it.</summary>
internal sealed class NodePeer : IAsyncDisposable
{
    /// <summary>Against hangs alone: nothing is measured by it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private NodePeer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
    }

    public static NodePeer Start(string node, string folder, params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo(node, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);

    /// <summary>Has it do one thing. What the peer finds wrong fails the test in the peer's words.</summary>
    public async Task<JsonElement> DoAsync(object command)
    {
        string text = JsonSerializer.Serialize(command);
        await _process.StandardInput.WriteLineAsync(text);
        await _process.StandardInput.FlushAsync();
        string? line;
        try
        {
            line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        }
        catch (TimeoutException hang)
        {
            throw new TimeoutException($"no answer to {text} {_errors}", hang);
        }

        Assert.True(line is not null, $"the peer ended at {text}: {_errors}");
        JsonElement answer = JsonDocument.Parse(line).RootElement;
        Assert.False(answer.TryGetProperty("failed", out JsonElement failed), $"{text}: {failed}");
        return answer;
    }

    /// <summary>Opens a connection that the gateway is expected to accept, and returns the subprotocol and the extensions agreed on.</summary>
    public async Task<(string Protocol, string Extensions)> ConnectAsync(object command)
    {
        JsonElement answer = await DoAsync(command);
        string text = JsonSerializer.Serialize(command);
        Assert.True(answer.GetProperty("open").GetBoolean(), $"{text}: not opened");
        return (answer.GetProperty("protocol").GetString()!, answer.GetProperty("extensions").GetString()!);
    }

    /// <summary>The gateway's success message comes next, as one whole message.</summary>
    public async Task AssertWelcomedAsync() =>
        Assert.Equal("ok", (await DoAsync(new { @do = "receiveMessage" })).GetProperty("text").GetString());

    /// <summary>These bytes come next, in whatever messages.</summary>
    public async Task AssertReceivesAsync(byte[] bytes) =>
        Assert.Equal(
            Convert.ToHexStringLower(bytes),
            (await DoAsync(new { @do = "receive", count = bytes.Length })).GetProperty("hex").GetString());

    /// <summary>The connection is closed with this code and reason, and nothing comes before that.</summary>
    public async Task AssertClosedAsync(int code, string reason)
    {
        JsonElement closed = await DoAsync(new { @do = "closed" });
        Assert.Equal((code, reason), (closed.GetProperty("code").GetInt32(), closed.GetProperty("reason").GetString()));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
