namespace Sluice.Kcp.Arq;

/// <summary>A data segment in order, waiting to be consumed.</summary>
internal struct ReceivedSegment
{
    public byte[] Buffer;

    /// <summary>Where the bytes not yet consumed start.</summary>
    public ushort Start;

    public ushort End;

    public byte Fragment;

    public readonly int Length => End - Start;
}
