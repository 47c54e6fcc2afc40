using Sluice.Kcp;

namespace Sluice.Transport.Kcp;

/// <summary>Settings of a UDP port that speaks KCP.</summary>
public sealed record KcpEndpointOptions
{
    /// <summary>Settings of its sessions. Stream mode suits a relay: small writes share a segment.</summary>
    public KcpOptions Session { get; init; } = new() { StreamMode = true, Fec = KcpFec.Mirror };

    /// <summary>
    /// Whether little is kept for and sent to a client until it has shown that it receives what is sent to it
    /// (<see cref="KcpOptions.RequireProof"/>).
    /// Set it to false only if no sender's address can be forged.
    /// </summary>
    public bool RequireProof { get; init; } = true;

    /// <summary>
    /// Clients of a port and loop that are served at one time without having shown that. A further one shows it first
    /// (<see cref="Connection.ProveAsync"/>), which takes it a round trip more. 0 or more.
    /// </summary>
    public int MaxUnproven { get; init; } = 64;

    /// <summary>Checks what a connection as a byte stream needs.</summary>
    /// <exception cref="ArgumentException">A number is out of its range; or message mode, in which a write can find room for a part of its
    /// bytes alone, which a message is not.</exception>
    internal void Validate(string parameter)
    {
        Session.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(MaxUnproven, parameter);
        if (!Session.StreamMode)
        {
            throw new ArgumentException("A KCP connection is a byte stream: set StreamMode.", parameter);
        }
    }

    /// <summary>Encryption of every datagram, or none.</summary>
    public Func<Sluice.Kcp.Crypto.KcpPacketCrypto>? Crypto { get; init; }

    /// <summary>
    /// Socket buffers in bytes, each way, and most bytes that a listening port keeps while its socket is full. The system may grant less
    /// (net.core.rmem_max, net.core.wmem_max), unless the process has CAP_NET_ADMIN; a server then logs a warning. That of a dialled
    /// session is 1 MiB at most.
    /// </summary>
    public int SocketBufferBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Sessions at one time of one address and port; a further one is not begun.</summary>
    public int MaxSessionsPerPeer { get; init; } = 8;
}
