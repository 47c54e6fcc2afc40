namespace Sluice.Kcp.Arq;

/// <summary>A data segment that waits or is in flight. Its sn follows from its place in the queue.</summary>
internal struct SendSegment
{
    /// <summary>Rented; null once the peer has acknowledged this segment alone.</summary>
    public byte[]? Buffer;

    public int Length;

    /// <summary>When it was last sent, as written on the wire; once it is acknowledged, the time that its ACK echoed.</summary>
    public uint Timestamp;

    /// <summary>The same of the transmission before the last; of the only one, that one's.</summary>
    public uint TimestampBefore;

    public uint FirstSent;

    public uint ResendAt;

    public uint Rto;

    /// <summary>xmit: how often it was sent.</summary>
    public ushort Transmissions;

    /// <summary>fastack: how many later segments were acknowledged since.</summary>
    public ushort Overtaken;

    public byte Fragment;

    /// <summary>Whether its ACK came after overtaken segments were last counted.</summary>
    public bool IsNewlyAcknowledged;

    /// <summary>Whether it went once more with later segments.</summary>
    public bool Bundled;

    public readonly bool Acknowledged => Buffer is null;
}
