namespace Sluice.Kcp.Arq;

/// <summary>A data segment that came before one in front of it.</summary>
internal struct EarlySegment
{
    public uint Sequence;

    public ReceivedSegment Content;
}
