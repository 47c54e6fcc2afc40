using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Interop.Kcptun;

/// <summary>Debian's kcptun, one of its two programs, on free ports of loopback. It never outlives the scenario.</summary>
internal sealed class KcptunProcess : IDisposable
{
    private const string ListeningOn = "listening on: ";
    private const int FirstPort = 20_000;
    private const int Ports = 12_000;

    private static int _lastPort = Random.Shared.Next(Ports);

    private readonly Process _process;

    private KcptunProcess(Process process) => _process = process;

    public static bool IsInstalled => File.Exists("/usr/bin/kcptun-client") && File.Exists("/usr/bin/kcptun-server");

    /// <summary>Takes TCP clients on a port that it chooses, and brings them over KCP to <paramref name="remote"/>.</summary>
    public static async Task<(KcptunProcess Process, IPEndPoint Tcp)> StartClientAsync(IPEndPoint remote, KcptunSettings settings)
    {
        KcptunProcess started = Start("kcptun-client", ["-l", "127.0.0.1:0", "-r", $"{remote}", .. settings.Arguments]);
        string line = await started.UntilLineAsync(ListeningOn);
        return (started, IPEndPoint.Parse(line[(line.IndexOf(ListeningOn, StringComparison.Ordinal) + ListeningOn.Length)..]));
    }

    /// <summary>Takes KCP and brings its streams to <paramref name="target"/> over TCP.</summary>
    public static async Task<(KcptunProcess Process, IPEndPoint Udp)> StartServerAsync(IPEndPoint target, KcptunSettings settings)
    {
        IPEndPoint udp = FreePort();
        KcptunProcess started = Start("kcptun-server", ["-l", $"{udp}", "-t", $"{target}", .. settings.Arguments]);
        await started.UntilLineAsync("key derivation done");
        await started.UntilNotRefusedAsync(udp);
        return (started, udp);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>
    /// It cannot say which port it took, so it is given one that was free a moment ago, and below those that the system hands out:
    /// another scenario's socket that took it meanwhile would look like a server that listens. No two scenarios are given the same one.
    /// </summary>
    private static IPEndPoint FreePort()
    {
        while (true)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var candidate = new IPEndPoint(IPAddress.Loopback, FirstPort + (int)((uint)Interlocked.Increment(ref _lastPort) % Ports));
            try
            {
                probe.Bind(candidate);
                return candidate;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }
    }

    private static KcptunProcess Start(string program, string[] arguments) => new(Process.Start(
        new ProcessStartInfo($"/usr/bin/{program}", arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!);

    private async Task<string> UntilLineAsync(string with)
    {
        while (await _process.StandardError.ReadLineAsync().WaitAsync(GatewayWorld.Patience) is { } line)
        {
            if (line.Contains(with, StringComparison.Ordinal))
            {
                // What it says later is of no interest, but a full pipe would stop it.
                _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                return line;
            }
        }

        Dispose();
        throw new InvalidOperationException($"kcptun ended without: {with}");
    }

    /// <summary>It binds its port some time after its last line. On loopback a closed port refuses a datagram before the call that sends it returns.</summary>
    private async Task UntilNotRefusedAsync(IPEndPoint udp)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Connect(udp);
        while (!_process.HasExited)
        {
            try
            {
                probe.Send([0]);
                probe.Send([0]);
                return;
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                await Task.Yield();
            }
        }

        Dispose();
        throw new InvalidOperationException("kcptun-server ended before it listened");
    }
}

/// <summary>How both of kcptun's programs are set.</summary>
internal sealed record KcptunSettings(string Crypt, string Secret, int Data, int Parity, bool Compress)
{
    public string[] Arguments =>
    [
        "--crypt", Crypt, "--key", Secret, "--mode", "fast3", "--ds", $"{Data}", "--ps", $"{Parity}", "--quiet", .. Compress ? (string[])[] : ["--nocomp"],
    ];
}
