namespace Sluice.Transport;

/// <summary>Signs of life of a peer that its connection sees and its handler does not. The default if there are none to see.</summary>
public readonly record struct ConnectionActivity
{
    /// <summary>
    /// The loop's time at the peer's last sign of life, for a protocol in which only silence shows that a peer is gone (KCP); null if the
    /// system or the protocol reports the loss (TCP).
    /// </summary>
    public long? LastHeard { get; init; }

    /// <summary>Whether the peer has sent anything valid yet. Set only together with <see cref="LastHeard"/>.</summary>
    public bool WasHeard { get; init; }

    /// <summary>
    /// The loop's time at which payload last moved inside the connection: part of a message that is still incomplete, or of one that is
    /// still
    /// being sent. 0 if none did.
    /// </summary>
    public long LastMoved { get; init; }
}
