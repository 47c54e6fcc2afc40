namespace Sluice.Kcp.Simulation;

/// <summary>The measurements of an <see cref="EchoExperiment"/>.</summary>
public sealed class EchoReport
{
    private readonly List<int> _sortedTimes;

    internal EchoReport(List<int> sortedTimes, int sent, long wireBytes, long recovered)
    {
        _sortedTimes = sortedTimes;
        Sent = sent;
        WireBytes = wireBytes;
        Recovered = recovered;
    }

    /// <summary>Messages sent.</summary>
    public int Sent { get; }

    /// <summary>Messages that came back.</summary>
    public int Answered => _sortedTimes.Count;

    /// <summary>Bytes on the wire in both directions, including IP and UDP headers.</summary>
    public long WireBytes { get; }

    /// <summary>Datagrams that FEC restored.</summary>
    public long Recovered { get; }

    /// <summary>Returns the round trip time that this percentage of the answers did not exceed.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <returns>Milliseconds; -1 if nothing came back.</returns>
    public int Percentile(double percent) =>
        _sortedTimes.Count == 0
            ? -1
            : _sortedTimes[Math.Clamp((int)Math.Ceiling(_sortedTimes.Count * percent / 100) - 1, 0, _sortedTimes.Count - 1)];

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Answered}/{Sent} answered, p50 {Percentile(50)} ms, p99 {Percentile(99)} ms, max {Percentile(100)} ms, "
        + $"{WireBytes} bytes, {Recovered} recovered";
}
