using System.Globalization;
using Sluice.Bench.Peers;
using Sluice.Bench.Processes;

namespace Sluice.Bench.Works;

/// <summary>A task for relays and its measurements.</summary>
internal abstract class Work
{
    public abstract string Name { get; }

    public abstract string Title { get; }

    /// <summary>The columns. Relays are compared by the first one; less is better.</summary>
    public abstract IReadOnlyList<Metric> Metrics { get; }

    public virtual bool ZeroCopy => false;

    /// <summary>The protocol between clients and relay.</summary>
    public virtual Medium Medium => Wire.Plain;

    /// <summary>The session settings if this is a work for KCP relays; otherwise null.</summary>
    public KcpSettings? Kcp => Medium as KcpSettings;

    /// <summary>The layers on TCP if this is a work for TCP relays.</summary>
    public Wire Wire => Medium as Wire ?? Wire.Plain;

    /// <summary>Whether each measurement needs a newly started relay.</summary>
    public virtual bool StartsAnew => false;

    public virtual string BackendMode(Peer peer) => "echo";

    /// <summary>Returns the options of the load, or null if the work needs no load.</summary>
    public abstract IReadOnlyList<string>? LoadArguments(Peer peer, BenchOptions options);

    public virtual Task SetUpAsync(Load load, Relay relay, BenchOptions options, CancellationToken stop) => load.ExpectAsync("ready", stop);

    public abstract Task<Sample> MeasureAsync(Rig rig, BenchOptions options, CancellationToken stop);

    public string Describe(Sample sample) =>
        string.Join(", ", Metrics.Select(metric => $"{metric.Write(sample[metric])} {metric.Heading}"));

    protected static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>Runs the load once and returns its result and the relay's processor time.</summary>
    protected static async Task<(IReadOnlyDictionary<string, double> Result, double Cpu)> RunAsync(Rig rig, CancellationToken stop)
    {
        var before = rig.Relay.ProcessorTime;
        var result = await rig.Load.RunAsync(stop);
        return (result, (rig.Relay.ProcessorTime - before).TotalSeconds);
    }
}
