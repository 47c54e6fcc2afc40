using System.Globalization;
using System.Runtime.InteropServices;

namespace Sluice.Bench.Processes;

/// <summary>
/// Resources used by a process and its children. Processor time comes from the kernel's clock of the whole process, in nanoseconds: the
/// sum of schedstat over all threads, including ended ones, which a walk over /proc would miss.
/// </summary>
internal static partial class ProcessTree
{
    public static TimeSpan ProcessorTime(int root) =>
        TimeSpan.FromMicroseconds(Members(root).Sum(static id => Nanoseconds(id)) / 1e3);

    public static long ResidentBytes(int root) => Members(root).Sum(static id => Resident(id));

    private static List<int> Members(int root)
    {
        var members = new List<int> { root };
        for (var i = 0; i < members.Count; i++)
        {
            foreach (var task in Directory.EnumerateDirectories($"/proc/{members[i]}/task"))
            {
                var children = File.ReadAllText(Path.Combine(task, "children"));
                members.AddRange(children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
        }

        return members;
    }

    private static long Resident(int id)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private static long Nanoseconds(int id)
    {
        // As in clock_getcpuclockid(3), the clock id of another process is its complemented id, shifted, with the kind "scheduler".
        var clock = (~id << 3) | 2;
        return GetTime(clock, out var time) == 0
            ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
            : throw new BenchException($"process {id} is gone");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
