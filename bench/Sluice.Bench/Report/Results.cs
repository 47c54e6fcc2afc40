using Sluice.Bench.Peers;
using Sluice.Bench.Works;

namespace Sluice.Bench.Report;

/// <summary>Every sample that counts, and which relay failed at what.</summary>
internal sealed class Results
{
    private readonly Dictionary<(string Work, string Peer), List<Sample>> _samples = [];
    private readonly HashSet<(string Work, string Peer)> _failures = [];

    /// <summary>Measurements that other work on the machine disturbed even when repeated.</summary>
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

    /// <summary>All values of one metric in order; empty where it was not measured, or where the relay failed in between.</summary>
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
