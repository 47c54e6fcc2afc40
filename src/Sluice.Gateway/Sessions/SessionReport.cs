using Microsoft.Extensions.Logging;
using Sluice.Gateway.Logging;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Sessions;

/// <summary>Writes the one line per ended session. Of sessions that never reached a backend, only so many per second are listed: they cost an attacker nothing.</summary>
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

    /// <summary>The line of a session that a fault ended. A client may know how to cause one, so it counts as a refusal.</summary>
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
            // What it says may repeat the key, as that of a dictionary does.
            SessionLog.SecretResolverFaulted(
                logger, session.Id, session.ClientAddress, LogText.Escape(resolver.Name), thrown.GetType().Name, LogText.Escape(PlaceOf(thrown)));
        }
        else
        {
            SessionLog.ResolverFaulted(logger, session.Id, session.ClientAddress, LogText.Escape(resolver.Name), thrown);
        }
    }

    /// <summary>The strategy did not answer in time. Clients may know how to cause that, so it is a warning at most every ten seconds and loop.</summary>
    public void ResolverSilent(IBackendResolver resolver)
    {
        if (_warning.TryBegin(loop.Now))
        {
            SessionLog.ResolverSilent(logger, LogText.Escape(resolver.Name));
        }
    }

    /// <summary>The line of a client that was refused before it had a session.</summary>
    public void Rejected(long id, Protocol protocol, in NetworkAddress client, EndReason reason)
    {
        Tally.Ended(protocol, reason);
        if (MayList())
        {
            SessionLog.SessionEnded(logger, id, protocol.ToWord(), client, "-", "", reason.ToWord(), durationMs: 0, bytesFromClient: 0, bytesFromBackend: 0);
        }
    }

    /// <summary>Counts clients that were turned away without a word; they are never listed.</summary>
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
