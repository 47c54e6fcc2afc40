using Sluice.Transport.Linux;

namespace Sluice.Daemon.Commands;

/// <summary>Checks whether the process may open enough descriptors to start.</summary>
/// <remarks>
/// The runtime opens one for each of its libraries and threads. If it cannot, it ends with a stack trace that names a missing file.
/// </remarks>
internal static class DescriptorCheck
{
    /// <summary>For the runtime, the log, the admin endpoint and the reserve of the gateway, before the first client.</summary>
    private const long Base = 112;

    /// <summary>For a poller, its wake-up and three listeners, with some to spare.</summary>
    private const long PerLoop = 8;

    /// <summary>
    /// Raises the limit as far as the system allows. Returns why the gateway cannot start and what to do, or null if it can.
    /// </summary>
    /// <param name="loops">Event loops; 0 = one per processor.</param>
    public static string? Problem(int loops)
    {
        long needed = Base + (PerLoop * (loops > 0 ? loops : Environment.ProcessorCount));
        return OperatingSystem.IsLinux() && FileLimit.RaiseToHardLimit() is var allowed and > 0 && allowed < needed
            ? FormattableString.Invariant($"Not started: only {allowed} file descriptors are allowed and at least {needed} are needed. ")
                + "Raise the limit (ulimit -n 65536; systemd: LimitNOFILE=65536; docker: --ulimit nofile=65536)."
            : null;
    }
}
