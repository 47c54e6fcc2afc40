using Sluice.Bench.Peers;
using Sluice.Bench.Works;

namespace Sluice.Bench.Report;

/// <summary>All counted samples, and the works that each relay failed.</summary>
internal sealed class Results
{
    private readonly Dictionary<(string Work, string Peer), List<Sample>> _samples = [];
    private readonly HashSet<(string Work, string Peer)> _failures = [];

    /// <summary>Number of measurements that other work on the machine disturbed even when repeated.</summary>
    public int Disturbed { get; private set; }

    public void CountDisturbed() => Disturbed++;

    public void Add(Work work, Peer peer, Sample sample)
    {
        if (!_samples.TryGetValue((work.Name, peer.Name), out var list))
        {
            _samples[(work.Name, peer.Name)] = list = [];
        }

        list.Add(sample);
    }

    public void Fail(Work work, Peer peer) => _failures.Add((work.Name, peer.Name));

    public bool Failed(string work, string peer) => _failures.Contains((work, peer));

    /// <summary>Returns all values of one metric, sorted. Empty if it was not measured or the relay failed meanwhile.</summary>
    public IReadOnlyList<double> Sorted(string work, string peer, Metric metric) =>
        !Failed(work, peer) && _samples.TryGetValue((work, peer), out var list)
            ? [.. list.Select(sample => sample[metric]).Order()]
            : [];

    public double? Median(string work, string peer, Metric metric) => Sorted(work, peer, metric) switch
    {
        [] => null,
        { Count: var count } values => (values[(count - 1) / 2] + values[count / 2]) / 2,
    };
}
