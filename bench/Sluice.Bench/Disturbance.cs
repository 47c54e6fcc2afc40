using System.Diagnostics;
using System.Globalization;

namespace Sluice.Bench;

/// <summary>
/// Measures the share of the two cores that did not go to the processes of one measurement: other programs, or the host taking a core
/// away. A relay that has to wait finds more work at once, which falsifies its cost per message.
/// </summary>
internal sealed class Disturbance
{
    /// <summary>Above this share of both cores a measurement is repeated, regardless of its result.</summary>
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

    /// <summary>Returns the share of others since construction, or 0 if the time was too short to judge.</summary>
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
