namespace Sluice.Kcp;

/// <summary>
/// Totals of all sessions of one <see cref="KcpContext"/> since it was created (kcp-go: <c>Snmp</c>, here one per loop and without locks).
/// </summary>
public sealed class KcpCounters
{
    /// <summary>Datagrams passed to sessions.</summary>
    public long DatagramsReceived { get; internal set; }

    /// <summary>Datagrams that were malformed or of another conversation.</summary>
    public long DatagramsRejected { get; internal set; }

    /// <summary>Datagrams committed to an output, parity included.</summary>
    public long DatagramsSent { get; internal set; }

    /// <summary>Data segments sent for the first time.</summary>
    public long SegmentsSent { get; internal set; }

    /// <summary>Data segments received again (kcp-go: <c>RepeatSegs</c>).</summary>
    public long SegmentsRepeated { get; internal set; }

    /// <summary>Resends after a timeout (kcp-go: <c>LostSegs</c>).</summary>
    public long TimeoutResends { get; internal set; }

    /// <summary>Resends after later segments were acknowledged (kcp-go: <c>FastRetransSegs</c>).</summary>
    public long FastResends { get; internal set; }

    /// <summary>Resends of overtaken segments while nothing new was to be sent (kcp-go: <c>EarlyRetransSegs</c>).</summary>
    public long EarlyResends { get; internal set; }

    /// <summary>Segments sent once more along with later ones (<see cref="KcpOptions.Bundling"/>).</summary>
    public long BundledResends { get; internal set; }

    /// <summary>Challenges sent to peers that must prove their address (<see cref="KcpSession.ChallengePeer"/>).</summary>
    public long PeersChallenged { get; internal set; }

    /// <summary>Parity datagrams received (kcp-go: <c>FECParityShards</c>).</summary>
    public long ParityReceived { get; internal set; }

    /// <summary>Datagrams that FEC restored (kcp-go: <c>FECRecovered</c>).</summary>
    public long FecRecovered { get; internal set; }

    /// <summary>Restored datagrams that failed the check and were dropped (kcp-go: <c>FECErrs</c>).</summary>
    public long FecErrors { get; internal set; }

    /// <summary>Segments in flight that were examined for resends and bundling, as a measure of processor time.</summary>
    internal long SegmentsExamined { get; set; }
}
