namespace Sluice.Kcp.Arq;

/// <summary>A data segment that waits or is in flight. Its place in the queue gives its sn.</summary>
internal struct SendSegment
{
    /// <summary>Rented; null once the peer acknowledged this segment by an ACK.</summary>
    public byte[]? Buffer;

    public int Length;

    /// <summary>The time stamp of the last transmission. Once acknowledged, the time stamp that the ACK echoed.</summary>
    public uint Timestamp;

    /// <summary>The time stamp of the transmission before the last; if there was only one, of that.</summary>
    public uint TimestampBefore;

    public uint FirstSent;

    public uint ResendAt;

    public uint Rto;

    /// <summary>xmit: the number of transmissions.</summary>
    public ushort Transmissions;

    /// <summary>fastack: the number of later segments acknowledged since the last transmission.</summary>
    public ushort Overtaken;

    public byte Fragment;

    /// <summary>Whether its ACK arrived after overtaken segments were last counted.</summary>
    public bool IsNewlyAcknowledged;

    /// <summary>Whether it was bundled with later segments.</summary>
    public bool Bundled;

    public readonly bool Acknowledged => Buffer is null;
}
