namespace Sluice.Transport.WebSocket;

/// <summary>Bytes of a chunk that are ready for the handler.</summary>
internal struct ByteRange
{
    public int Start;
    public int End;

    public readonly bool IsEmpty => Start == End;
}
