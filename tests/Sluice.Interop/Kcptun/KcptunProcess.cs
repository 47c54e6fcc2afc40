using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Interop.Kcptun;

/// <summary>One of the two programs of Debian's kcptun, on free loopback ports. It never outlives the scenario.</summary>
internal sealed class KcptunProcess : IDisposable
{
    private const string ListeningOn = "listening on: ";
    private const int FirstPort = 20_000;
    private const int Ports = 12_000;

    private static int _lastPort = Random.Shared.Next(Ports);

    private readonly Process _process;

    private KcptunProcess(Process process) => _process = process;

    public static bool IsInstalled => File.Exists("/usr/bin/kcptun-client") && File.Exists("/usr/bin/kcptun-server");

    /// <summary>Starts a client that accepts TCP on a port of its choice and relays over KCP to <paramref name="remote"/>.</summary>
    public static async Task<(KcptunProcess Process, IPEndPoint Tcp)> StartClientAsync(IPEndPoint remote, KcptunSettings settings)
    {
        KcptunProcess started = Start("kcptun-client", ["-l", "127.0.0.1:0", "-r", $"{remote}", .. settings.Arguments]);
        string line = await started.UntilLineAsync(ListeningOn);
        return (started, IPEndPoint.Parse(line[(line.IndexOf(ListeningOn, StringComparison.Ordinal) + ListeningOn.Length)..]));
    }

    /// <summary>Starts a server that accepts KCP and relays its streams over TCP to <paramref name="target"/>.</summary>
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
    /// Returns a port that was free a moment ago, since the server does not report a port of its choice. The port is below those that the
    /// system assigns: another scenario's socket on it would look like a listening server. No two scenarios get the same port.
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
                // Try the next one.
            }
        }
    }

    private static KcptunProcess Start(string program, string[] arguments) => new(Process.Start(
        new ProcessStartInfo($"/usr/bin/{program}", arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!);

    private async Task<string> UntilLineAsync(string with)
    {
        while (await _process.StandardError.ReadLineAsync().WaitAsync(GatewayWorld.Patience) is { } line)
        {
            if (line.Contains(with, StringComparison.Ordinal))
            {
                // Keeps reading, because a full pipe would block the process.
                _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                return line;
            }
        }

        Dispose();
        throw new InvalidOperationException($"kcptun exited without printing: {with}");
    }

    /// <summary>
    /// Waits until the server has bound its port, some time after its last line. On loopback, sending to a closed port fails before the
    /// next send returns.
    /// </summary>
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
        throw new InvalidOperationException("kcptun-server exited before it listened");
    }
}

/// <summary>Settings of both kcptun programs.</summary>
internal sealed record KcptunSettings(string Crypt, string Secret, int Data, int Parity, bool Compress)
{
    public string[] Arguments =>
    [
        "--crypt", Crypt, "--key", Secret, "--mode", "fast3", "--ds", $"{Data}", "--ps", $"{Parity}", "--quiet",
        .. Compress ? (string[])[] : ["--nocomp"],
    ];
}
