using System.Diagnostics;
using System.Globalization;

namespace Sluice.Bench;

/// <summary>
/// How much of the two cores went to anything but the processes of one measurement: other programs, or the host taking the core
/// away. A relay that has to wait finds more to do at once, so its cost per message is then not its own.
/// </summary>
internal sealed class Disturbance
{
    /// <summary>Above this share of both cores a measurement is done again; what it gave is not looked at.</summary>
    public const double Limit = 0.15;

    private static readonly TimeSpan ShortestToJudge = TimeSpan.FromSeconds(0.2);
    private readonly Rig _rig;
    private readonly int[] _cores;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly TimeSpan _idle;
    private readonly TimeSpan _own;

    public Disturbance(Rig rig, BenchOptions options)
    {
        _rig = rig;
        _cores = [options.RelayCore, options.LoadCore];
        (_idle, _own) = (IdleTime(), OwnTime());
    }

    /// <summary>The share of others since this was made; 0 where the time was too short to tell.</summary>
    public double Share()
    {
        var elapsed = Stopwatch.GetElapsedTime(_started);
        if (elapsed < ShortestToJudge)
        {
            return 0;
        }

        var all = elapsed * _cores.Length;
        return Math.Max(0, (all - (IdleTime() - _idle) - (OwnTime() - _own)) / all);
    }

    private TimeSpan OwnTime() => _rig.ProcessorTime + Environment.CpuUsage.TotalTime;

    // "cpu0 user nice system idle iowait …", in hundredths of a second.
    private TimeSpan IdleTime()
    {
        var names = _cores.Select(core => $"cpu{core}").ToArray();
        return TimeSpan.FromMilliseconds(10 * File.ReadLines("/proc/stat")
            .Select(line => line.Split(' '))
            .Where(words => names.Contains(words[0], StringComparer.Ordinal))
            .Sum(words => long.Parse(words[4], CultureInfo.InvariantCulture) + long.Parse(words[5], CultureInfo.InvariantCulture)));
    }
}
