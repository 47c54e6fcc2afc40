using System.Diagnostics;
using System.Net;
using Sluice.Testing.KcpGo;

namespace Sluice.Interop;

/// <summary>Runs kcp-go as a client of the gateway or as a backend.</summary>
public sealed class GoPeer : IDisposable
{
    private readonly GoProgram _program = new();

    public void Dispose() => _program.Dispose();

    /// <summary>Starts a kcp-go client that dials this port and waits for commands.</summary>
    internal PeerProcess StartClient(PeerSettings settings, int port) => StartClient(settings, new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Starts a kcp-go client that dials this address and waits for commands.</summary>
    internal PeerProcess StartClient(PeerSettings settings, IPEndPoint gateway) => Start("client", settings, gateway);

    /// <summary>Starts a kcp-go backend on a free port.</summary>
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

/// <summary>Settings of a kcp-go peer.</summary>
internal sealed record PeerSettings(
    int Data = 0, int Parity = 0, bool Turbo = true, int Mtu = 1400, int Seed = 1, string Crypt = "", string Secret = "");

/// <summary>A running Go peer that executes commands line by line.</summary>
internal sealed class PeerProcess(Process process) : IDisposable
{
    /// <summary>Returns the next line that the peer prints.</summary>
    public async Task<string> NextLineAsync(string waitingFor)
    {
        string? line;
        try
        {
            line = await process.StandardOutput.ReadLineAsync().WaitAsync(GatewayWorld.Patience);
        }
        catch (TimeoutException hang)
        {
            throw new TimeoutException($"the kcp-go peer did not answer: {waitingFor}", hang);
        }

        Assert.False(line is null, $"the kcp-go peer exited at: {waitingFor}");
        Assert.False(line.StartsWith("FAILED", StringComparison.Ordinal), $"{waitingFor}: {line}");
        return line;
    }

    /// <summary>Sends one command and returns the answer.</summary>
    public async Task<string> DoAsync(string command)
    {
        await process.StandardInput.WriteLineAsync(command);
        await process.StandardInput.FlushAsync();
        return await NextLineAsync(command);
    }

    /// <summary>Sends the route key and reads the gateway's answer.</summary>
    public async Task<string> EnterAsync(string key)
    {
        await DoAsync($"frame {key}");
        return await DoAsync("reply");
    }

    /// <summary>Sends one command and returns the payload bytes that the peer has sent and received so far.</summary>
    public async Task<(long Sent, long Received)> CountAsync(string command)
    {
        string[] words = (await DoAsync(command)).Split(' ');
        return (long.Parse(words[1]), long.Parse(words[2]));
    }

    /// <summary>Suspends the peer, as the system suspends a program in the background.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>Resumes the peer.</summary>
    public void Continue() => Signal("CONT");

    /// <summary>Kills the peer without any message to the gateway. Its port closes.</summary>
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
