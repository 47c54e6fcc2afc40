using System.Globalization;
using Sluice.Bench.Peers;
using Sluice.Bench.Processes;

namespace Sluice.Bench.Works;

/// <summary>Something that relays are made to do, and what is read off while they do it.</summary>
internal abstract class Work
{
    public abstract string Name { get; }

    public abstract string Title { get; }

    /// <summary>The columns; the first one is what relays are compared by, and less of it is better.</summary>
    public abstract IReadOnlyList<Metric> Metrics { get; }

    public virtual bool ZeroCopy => false;

    /// <summary>What clients and relay speak.</summary>
    public virtual Medium Medium => Wire.Plain;

    /// <summary>How the sessions are set in a work for KCP relays; null in others.</summary>
    public KcpSettings? Kcp => Medium as KcpSettings;

    /// <summary>What lies on TCP in a work for relays that take TCP connections.</summary>
    public Wire Wire => Medium as Wire ?? Wire.Plain;

    /// <summary>Whether each measurement needs a relay that has just been started.</summary>
    public virtual bool StartsAnew => false;

    public virtual string BackendMode(Peer peer) => "echo";

    /// <summary>Null where nothing is to be sent.</summary>
    public abstract IReadOnlyList<string>? LoadArguments(Peer peer, BenchOptions options);

    public virtual Task SetUpAsync(Load load, Relay relay, BenchOptions options, CancellationToken stop) => load.ExpectAsync("ready", stop);

    public abstract Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop);

    public string Describe(Sample sample) =>
        string.Join(", ", Metrics.Select(metric => $"{metric.Write(sample[metric])} {metric.Heading}"));

    protected static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>One run of the load and the processor time of the relay in it.</summary>
    protected static async Task<(IReadOnlyDictionary<string, double> Result, double Cpu)> RunAsync(Rig rig, CancellationToken stop)
    {
        var before = rig.Relay.ProcessorTime;
        var result = await rig.Load.RunAsync(stop);
        return (result, (rig.Relay.ProcessorTime - before).TotalSeconds);
    }
}
