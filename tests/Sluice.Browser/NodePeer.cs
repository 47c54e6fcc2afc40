using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Sluice.Browser;

/// <summary>A program from the node folder. It reads commands as JSON lines and answers each with one line.</summary>
internal sealed class NodePeer : IAsyncDisposable
{
    /// <summary>Only ends a hung test.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

    private NodePeer(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    /// <summary>Whether the program hung or ended, so that it takes no more commands.</summary>
    public bool IsLost { get; private set; }

    private string Errors => string.Join('\n', _errors);

    public static NodePeer Start(string node, string folder, params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo(node, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);

    /// <summary>Sends one command and returns the answer. An error that the peer reports fails the test.</summary>
    public async Task<JsonElement> DoAsync(object command)
    {
        string text = JsonSerializer.Serialize(command);
        string? line;
        try
        {
            await _process.StandardInput.WriteLineAsync(text);
            await _process.StandardInput.FlushAsync();
            line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        }
        catch (TimeoutException hang)
        {
            IsLost = true;
            throw new TimeoutException($"no answer to {text} {Errors}", hang);
        }
        catch (IOException)
        {
            line = null; // the program has ended
        }

        IsLost = line is null;
        Assert.False(IsLost, $"the peer ended at {text}: {Errors}");
        JsonElement answer = JsonDocument.Parse(line!).RootElement;
        Assert.False(answer.TryGetProperty("failed", out JsonElement failed), $"{text}: {failed}");
        return answer;
    }

    /// <summary>Opens a connection that the gateway must accept, and returns the negotiated subprotocol and extensions.</summary>
    public async Task<(string Protocol, string Extensions)> ConnectAsync(object command)
    {
        JsonElement answer = await DoAsync(command);
        string text = JsonSerializer.Serialize(command);
        Assert.True(answer.GetProperty("open").GetBoolean(), $"{text}: not opened");
        return (answer.GetProperty("protocol").GetString()!, answer.GetProperty("extensions").GetString()!);
    }

    /// <summary>Asserts that the gateway's success message comes next, as one whole message.</summary>
    public async Task AssertWelcomedAsync() =>
        Assert.Equal("ok", (await DoAsync(new { @do = "receiveMessage" })).GetProperty("text").GetString());

    /// <summary>Asserts that these bytes come next, in any number of messages.</summary>
    public async Task AssertReceivesAsync(byte[] bytes) =>
        Assert.Equal(
            Convert.ToHexStringLower(bytes),
            (await DoAsync(new { @do = "receive", count = bytes.Length })).GetProperty("hex").GetString());

    /// <summary>Asserts that the connection closes with this code and reason, and that nothing comes before that.</summary>
    public async Task AssertClosedAsync(int code, string reason)
    {
        JsonElement closed = await DoAsync(new { @do = "closed" });
        Assert.Equal((code, reason), (closed.GetProperty("code").GetInt32(), closed.GetProperty("reason").GetString()));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (IsLost)
            {
                _process.Kill(entireProcessTree: true);
            }
            else
            {
                _process.StandardInput.Close();
            }

            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
