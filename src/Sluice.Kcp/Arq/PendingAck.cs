namespace Sluice.Kcp.Arq;

/// <summary>A segment to acknowledge: its number, and the time stamp to echo.</summary>
internal readonly struct PendingAck
{
    public PendingAck(uint sequence, uint timestamp)
    {
        Sequence = sequence;
        Timestamp = timestamp;
    }

    public uint Sequence { get; }

    public uint Timestamp { get; }
}
