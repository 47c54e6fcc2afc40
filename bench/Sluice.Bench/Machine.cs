using System.Globalization;
using System.Runtime.InteropServices;
using Sluice.Bench.Peers;

namespace Sluice.Bench;

/// <summary>What the figures were measured on: one line that goes with every table.</summary>
internal sealed record Machine(string Text)
{
    public static async Task<Machine> DescribeAsync(IReadOnlyList<Peer> peers, Toolbox tools, CancellationToken stop)
    {
        var facts = new List<string>
        {
            $"Linux {(await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", stop)).Trim()}",
            Processor(),
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
            Console.WriteLine($"note: the load average is {load:0.00}; other work on this machine blurs the figures");
        }
    }

    private static string Processor()
    {
        var lines = File.ReadAllLines("/proc/cpuinfo");
        var model = lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        var count = lines.Count(line => line.StartsWith("processor", StringComparison.Ordinal));
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {count} processors";
    }
}
