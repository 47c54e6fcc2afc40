using System.Diagnostics;
using System.Net;
using Sluice.Testing.KcpGo;

namespace Sluice.Interop;

/// <summary>Runs kcp-go as a client of the gateway or as a backend.</summary>
public sealed class GoPeer : IDisposable
{
    private readonly GoProgram _program = new();

    public void Dispose() => _program.Dispose();

    /// <summary>A kcp-go client that dials this port and waits for what to do.</summary>
    internal PeerProcess StartClient(PeerSettings settings, int port) => StartClient(settings, new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>A kcp-go client that dials this address and waits for what to do.</summary>
    internal PeerProcess StartClient(PeerSettings settings, IPEndPoint gateway) => Start("client", settings, gateway);

    /// <summary>A kcp-go backend on a free port.</summary>
    internal async Task<(PeerProcess Process, int Port)> StartServerAsync(PeerSettings settings, IPAddress? address = null)
    {
        PeerProcess process = Start("server", settings, new IPEndPoint(address ?? IPAddress.Loopback, 0));
        string line = await process.NextLineAsync("the server's port");
        return (process, int.Parse(line["port ".Length..]));
    }

    private PeerProcess Start(string mode, PeerSettings settings, IPEndPoint address)
    {
        Assert.SkipUnless(_program.IsAvailable, GoProgram.Missing);
        return new PeerProcess(_program.Start(
            mode, "-address", $"{address}", "-data", $"{settings.Data}", "-parity", $"{settings.Parity}",
            $"-turbo={(settings.Turbo ? "true" : "false")}", "-mtu", $"{settings.Mtu}", "-seed", $"{settings.Seed}",
            "-crypt", settings.Crypt, "-key", settings.Secret));
    }
}

/// <summary>How a kcp-go peer is set.</summary>
internal sealed record PeerSettings(int Data = 0, int Parity = 0, bool Turbo = true, int Mtu = 1400, int Seed = 1, string Crypt = "", string Secret = "");

/// <summary>A running Go peer that is told what to do line by line.</summary>
internal sealed class PeerProcess(Process process) : IDisposable
{
    /// <summary>The next line that it prints.</summary>
    public async Task<string> NextLineAsync(string waitingFor)
    {
        string? line;
        try
        {
            line = await process.StandardOutput.ReadLineAsync().WaitAsync(GatewayWorld.Patience);
        }
        catch (TimeoutException hang)
        {
            throw new TimeoutException($"the kcp-go peer says nothing to: {waitingFor}", hang);
        }

        Assert.False(line is null, $"the kcp-go peer ended at: {waitingFor}");
        Assert.False(line.StartsWith("FAILED", StringComparison.Ordinal), $"{waitingFor}: {line}");
        return line;
    }

    /// <summary>Has it do one thing, and returns what it says then.</summary>
    public async Task<string> DoAsync(string command)
    {
        await process.StandardInput.WriteLineAsync(command);
        await process.StandardInput.FlushAsync();
        return await NextLineAsync(command);
    }

    /// <summary>Sends the key and reads the gateway's answer.</summary>
    public async Task<string> EnterAsync(string key)
    {
        await DoAsync($"frame {key}");
        return await DoAsync("reply");
    }

    /// <summary>Has it do one thing, and returns the payload bytes that it sent and received so far.</summary>
    public async Task<(long Sent, long Received)> CountAsync(string command)
    {
        string[] words = (await DoAsync(command)).Split(' ');
        return (long.Parse(words[1]), long.Parse(words[2]));
    }

    /// <summary>Stops it, as the system stops a program in the background.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>Has it go on.</summary>
    public void Continue() => Signal("CONT");

    /// <summary>Has it vanish without a word; its port is closed then.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    private void Signal(string name)
    {
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
