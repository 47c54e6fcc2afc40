using Sluice.Kcp.Arq;

namespace Sluice.Kcp;

/// <content>Decides when the session must run again.</content>
public sealed partial class KcpSession
{
    /// <summary>
    /// Returns when to call <see cref="Update"/> next, if nothing else happens before (ikcp: <c>check</c>). Ask again after each batch of
    /// calls. The result is <see cref="Never"/> for a session with nothing in flight, nothing to acknowledge and nothing held for FEC.
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
        int wait = _fec.Wait(time);
        if (_acks.Count > 0)
        {
            wait = Math.Min(wait, Segment.Distance(_ackDue, time));
        }

        if (_send.Unacknowledged > 0)
        {
            wait = Math.Min(wait, Segment.Distance(_resends.Next, time));
            if (_resends.AnyOvertaken)
            {
                // An overtaken segment is resent after a pause, because a later datagram may show that it was only late.
                wait = Math.Min(wait, Segment.Distance(unchecked(_lastFlush + (uint)_options.Interval), time));
            }
        }

        if (_send.Count > 0 && NeedsProbe)
        {
            wait = _probe.Armed ? Math.Min(wait, Segment.Distance(_probe.At, time)) : 0;
        }

        if (_proof.IsChallengePending)
        {
            wait = Math.Min(wait, Segment.Distance(_proof.ChallengeAt, unchecked(time + _clockOffset)));
        }

        return wait == int.MaxValue ? Never : now + Math.Max(0, wait);
    }
}
