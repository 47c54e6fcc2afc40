using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Sluice.Bench.Peers;

namespace Sluice.Bench;

/// <summary>One line that describes the machine. It accompanies every table.</summary>
internal sealed partial record Machine(string Text)
{
    public static async Task<Machine> DescribeAsync(IReadOnlyList<Peer> peers, Toolbox tools, CancellationToken stop)
    {
        var facts = new List<string>
        {
            $"Linux {(await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", stop)).Trim()}",
            Processor(),
            $"{MicrosecondsOfAnEmptySystemCall():0.00} µs for an empty system call",
            RuntimeInformation.FrameworkDescription,
        };
        foreach (var peer in peers)
        {
            if (await peer.VersionAsync(tools, stop) is { } version && !facts.Contains(version, StringComparer.Ordinal))
            {
                facts.Add(version);
            }
        }

        facts.Add(DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return new Machine(string.Join(" · ", facts));
    }

    public static void WarnWhenBusy()
    {
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        if (load > 0.5)
        {
            Console.WriteLine($"note: the load average is {load:0.00}; other work on this machine makes the figures unreliable");
        }
    }

    /// <summary>
    /// Measures the cost of entering the kernel and returning, as the best of some rounds. It is 0.1 µs on bare metal and ten times that
    /// on some virtual machines. A relay of small messages does little else, so this shows how far the figures of two machines compare.
    /// </summary>
    private static double MicrosecondsOfAnEmptySystemCall()
    {
        const int Calls = 100_000;
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Calls; i++)
            {
                _ = GetParentProcess();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / Calls);
        }

        return best;
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    [SuppressGCTransition]
    private static partial int GetParentProcess();

    private static string Processor()
    {
        var lines = File.ReadAllLines("/proc/cpuinfo");
        var model = lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        var count = lines.Count(line => line.StartsWith("processor", StringComparison.Ordinal));
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {count} processors";
    }
}
