using System.Runtime.InteropServices;

namespace Sluice.Kcp.Arq;

/// <summary>
/// A question that a peer answers to prove its address before it is sent a byte of the stream: an empty PUSH with the number before the
/// first. Every ikcp takes it for a late copy: it acknowledges it, with the time stamp that only its receiver knows, and delivers nothing.
/// </summary>
/// <remarks>Packed, because each session of a server has one, and few are used.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct PeerChallenge
{
    private const int Pause = 500;
    private const int MaxSent = 10;

    /// <summary>The time stamp that the answer must echo: the time of the first copy, used for all of them.</summary>
    public uint Timestamp { get; private set; }

    private byte _asked;

    public readonly bool IsAsked => _asked > 0;

    /// <summary>Whether a copy is still to be sent.</summary>
    public readonly bool IsPending => _asked is > 0 and <= MaxSent;

    public void Ask(uint timestamp) => (_asked, Timestamp) = (1, timestamp);

    /// <summary>
    /// When to send the next copy, half a second after the one before, on the clock of time stamps. Undefined unless
    /// <see cref="IsPending"/>.
    /// </summary>
    public readonly uint At => unchecked(Timestamp + (uint)(Pause * (_asked - 1)));

    public readonly bool IsDue(uint timestamp) => IsPending && Segment.Distance(timestamp, At) >= 0;

    /// <summary>Counts a copy.</summary>
    public void Sent() => _asked++;
}
