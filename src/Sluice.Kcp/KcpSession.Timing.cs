using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <content>When the session must run again.</content>
public sealed partial class KcpSession
{
    /// <summary>
    /// The time at which <see cref="Update"/> must be called next, if nothing else happens before (ikcp: <c>check</c>). Ask again after each batch
    /// of calls. A session with nothing in flight, nothing to acknowledge and nothing held for FEC says <see cref="Never"/>.
    /// </summary>
    /// <param name="now">The owner's clock, milliseconds.</param>
    /// <returns><paramref name="now"/> or later on the same clock, or <see cref="Never"/>.</returns>
    public long NextUpdate(long now)
    {
        if (_isDead)
        {
            return Never;
        }

        if (_flushSoon)
        {
            return now;
        }

        uint time = unchecked((uint)now);
        int wait = int.MaxValue;
        if (_acks.Count > 0)
        {
            wait = Segment.Distance(_ackDue, time);
        }

        if (_send.Unacknowledged > 0)
        {
            wait = Math.Min(wait, Segment.Distance(_nextResend, time));
            if (_overtakenSeen)
            {
                // An overtaken segment is resent after a pause, since a later datagram may show that it was only late.
                wait = Math.Min(wait, Segment.Distance(unchecked(_lastFlush + (uint)_options.Interval), time));
            }
        }

        if (_send.Count > 0 && NeedsProbe)
        {
            wait = _probe.Armed ? Math.Min(wait, Segment.Distance(_probe.At, time)) : 0;
        }

        if (!_proven && _challenge.IsPending)
        {
            wait = Math.Min(wait, Segment.Distance(_challenge.At, unchecked(time + _clockOffset)));
        }

        if (_fecDecoder is { HoldsShards: true } decoder)
        {
            wait = Math.Min(wait, Segment.Distance(decoder.ExpiresAt, time));
        }

        if (_fecEncoder is { HoldsSums: true } encoder)
        {
            wait = Math.Min(wait, Segment.Distance(encoder.ExpiresAt, time));
        }

        return wait == int.MaxValue ? Never : now + Math.Max(0, wait);
    }
}
