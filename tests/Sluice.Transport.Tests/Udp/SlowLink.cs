using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Sluice.Transport.Tests.Udp;

/// <summary>
/// A loopback of its own for one thread, slow and with a queue: the one way to fill a UDP socket's send buffer on a machine alone. Linux,
/// as root.
/// </summary>
internal static partial class SlowLink
{
    private const int NewNetwork = 0x40000000;

    /// <summary>Whether this process may have one.</summary>
    public static bool IsAvailable { get; } = Environment.IsPrivilegedProcess && File.Exists("/usr/sbin/tc") && IsUsable();

    /// <summary>
    /// Moves the calling thread to a network namespace whose loopback takes 80 Mbit/s. Sockets that it opens from here on live there.
    /// </summary>
    public static void Enter()
    {
        Assert.Equal(0, Unshare(NewNetwork));
        Assert.True(
            Run("/usr/sbin/ip", "link set lo up") && Run("/usr/sbin/tc", "qdisc add dev lo root tbf rate 80mbit burst 70kb limit 64mb"));
    }

    private static bool IsUsable()
    {
        bool usable = false;
        var thread = new Thread(() => usable = Unshare(NewNetwork) == 0
            && Run("/usr/sbin/ip", "link set lo up") && Run("/usr/sbin/tc", "qdisc add dev lo root tbf rate 80mbit burst 70kb limit 64mb"));
        thread.Start();
        thread.Join();
        return usable;
    }

    private static bool Run(string program, string arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    [DllImport("libc", EntryPoint = "unshare")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unshare(int flags);
}
