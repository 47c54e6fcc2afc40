using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Sessions;

/// <summary>
/// Writes one line per ended session. Lines of sessions that never reached a backend are limited per second: they cost an attacker nothing.
/// </summary>
internal sealed class SessionReport(EventLoop loop, ILogger logger) : ITimerTarget
{
    private const int RejectionsListedPerSecond = 50;
    private const int SecondMs = 1000;

    private int _listed;
    private long _notListed;
    private bool _counting;
    private WarningInterval _warning = new();

    public SessionTally Tally { get; } = new();

    public void Ended(Session session, EndReason reason)
    {
        Tally.Ended(session.Protocol, reason, session.BytesFromClient, session.BytesFromBackend);
        if (!session.HadBackend)
        {
            if (session.IsProbe(reason))
            {
                SessionLog.Probe(logger, session.Id, session.ClientAddress);
                return;
            }

            if (!MayList())
            {
                return;
            }
        }

        SessionLog.SessionEnded(
            logger,
            session.Id,
            session.Protocol.ToWord(),
            session.ClientAddress,
            session.HadBackend ? session.BackendAddress.ToString() : "-",
            session.KeyForLog,
            reason.ToWord(),
            session.AgeMs,
            session.BytesFromClient,
            session.BytesFromBackend);
    }

    /// <summary>
    /// Writes the line of a session that a fault ended. Clients may know how to cause one, so it is limited like a rejection.
    /// </summary>
    public void Faulted(Session session, Exception fault)
    {
        Tally.Faulted();
        if (!MayList())
        {
            return;
        }

        if (fault is not ResolverFault { Resolver: var resolver, InnerException: { } thrown })
        {
            SessionLog.SessionFaulted(logger, session.Id, session.ClientAddress, fault);
        }
        else if (resolver.KeysAreSecret)
        {
            // Its message may repeat the key, as that of a dictionary does.
            SessionLog.SecretResolverFaulted(
                logger,
                session.Id,
                session.ClientAddress,
                LogText.Escape(resolver.Name),
                thrown.GetType().Name,
                LogText.Escape(PlaceOf(thrown)));
        }
        else
        {
            SessionLog.ResolverFaulted(logger, session.Id, session.ClientAddress, LogText.Escape(resolver.Name), thrown);
        }
    }

    /// <summary>
    /// Warns that the strategy did not answer in time: at most every ten seconds per loop, because clients may know how to cause it.
    /// </summary>
    public void ResolverSilent(IBackendResolver resolver)
    {
        if (_warning.TryBegin(loop.Now))
        {
            SessionLog.ResolverSilent(logger, LogText.Escape(resolver.Name));
        }
    }

    /// <summary>Writes the line of a client that was rejected before it had a session.</summary>
    public void Rejected(long id, Protocol protocol, in NetworkAddress client, EndReason reason)
    {
        Tally.Ended(protocol, reason);
        if (MayList())
        {
            SessionLog.SessionEnded(
                logger, id, protocol.ToWord(), client, "-", "", reason.ToWord(), durationMs: 0, bytesFromClient: 0, bytesFromBackend: 0);
        }
    }

    /// <summary>Counts a client that was rejected without an answer. It gets no line.</summary>
    public void RejectedSilently()
    {
        Tally.RejectedSilently();
        BeginCounting();
        _notListed++;
    }

    void ITimerTarget.TimerDue(int kind)
    {
        if (_notListed > 0)
        {
            SessionLog.SessionsNotListed(logger, _notListed);
        }

        (_listed, _notListed, _counting) = (0, 0, false);
    }

    private static string PlaceOf(Exception fault) => fault.StackTrace?.Split('\n')[0].Trim() ?? "somewhere";

    private bool MayList()
    {
        BeginCounting();
        if (_listed < RejectionsListedPerSecond)
        {
            _listed++;
            return true;
        }

        _notListed++;
        return false;
    }

    private void BeginCounting()
    {
        if (!_counting)
        {
            _counting = true;
            loop.Schedule(this, SecondMs);
        }
    }
}
