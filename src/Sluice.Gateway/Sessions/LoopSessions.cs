using System.Runtime.CompilerServices;
using Sluice.Gateway.Dialing;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Relaying;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Sessions;

/// <summary>The sessions of one loop, and what they need there. Everything here runs on that loop.</summary>
internal sealed class LoopSessions : IAcceptor, IDisposable
{
    private readonly SessionServices _services;
    private readonly Admission _admission;
    private readonly RelayFactory _relays;
    private readonly SessionList _greeting = new();
    private readonly SessionList _greeted = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The decision about the peer whose connection comes next.</summary>
    private AdmissionDecision _decision;
    private NetworkAddress _decidedPeer;

    public LoopSessions(EventLoop loop, SessionServices services)
    {
        Loop = loop;
        Report = new SessionReport(loop, services.Logger);
        _services = services;
        _admission = new Admission(loop, services.Clients, services.Limits);
        _relays = new RelayFactory(loop);
    }

    public EventLoop Loop { get; }

    public SessionReport Report { get; }

    public CancellationPool Cancellations { get; } = new();

    public Dialer Dialer => _services.Dialer;

    /// <summary>Writes the header that introduces a client to its backend; null = backends get none.</summary>
    public Introduction? Introduction => _services.Introduction;

    public IBackendResolver Resolver => _services.Resolver;

    public int Count => _greeting.Count + _greeted.Count;

    /// <summary>Waits for the answer of the strategy, for its time at most. Never throws.</summary>
    public ConfiguredTaskAwaitable WaitForResolverAsync(Task answer, CancellationToken cancellation) =>
        answer.WaitAsync(_services.ResolveTimeout, _services.TimeProvider, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    public bool Admits(in NetworkAddress peer, Gate gate)
    {
        if (_decision.IsCounted)
        {
            // The connection of the last peer failed before it was accepted.
            _services.Limits.Leave(_decidedPeer);
        }

        AdmissionDecision decision = _admission.Decide(peer, gate);
        (_decision, _decidedPeer) = (decision, peer);
        if (decision.IsSilent)
        {
            Report.RejectedSilently();
        }

        return !decision.IsSilent;
    }

    public void Accept(Connection connection, Gate gate)
    {
        AdmissionDecision decision = _decision;
        _decision = default;
        if (decision.Rejection is not { } reason)
        {
            Begin(connection, gate, decision.IsCounted);
        }
        else if (decision.Answer == RejectionAnswer.Frame)
        {
            Report.Rejected(_services.Ids.Next(), gate.Protocol, connection.RemoteAddress, reason);
            gate.Reject(connection, reason);
        }
        else if (IsFull)
        {
            // A rejected client must not take the place of another.
            connection.Close();
            Report.RejectedSilently();
        }
        else
        {
            Begin(connection, gate, isCounted: false).Stop(reason, mayRead: true);
        }
    }

    /// <summary>Decides about a client that its proxy has announced to a session.</summary>
    public AdmissionDecision Decide(in NetworkAddress client, Gate gate) => _admission.DecideKnown(client, gate);

    /// <summary>
    /// The same after the handshake, when an answer costs nothing more. Returns null if the client enters, or why it may not.
    /// </summary>
    public EndReason? Enter(in NetworkAddress client) => _admission.Enter(client);

    public void HandshakeEnded(Session session)
    {
        _greeting.Remove(session);
        _greeted.AddLast(session);
    }

    public void Ended(Session session)
    {
        if (_greeted.Remove(session) || _greeting.Remove(session))
        {
            Report.Tally.Left(session.Protocol);
            if (session.IsCounted)
            {
                _services.Limits.Leave(session.ClientAddress);
            }

            CompleteIfEmpty();
        }
    }

    public Relay CreateRelay(Gate gate, Connection client, Connection backend) =>
        _relays.Create(client, backend, gate.Timeouts.Idle, gate.ZeroCopy);

    /// <summary>Rejects new clients from here on, and those that have not named a backend yet. Completes when no session is left.</summary>
    public Task DrainAsync()
    {
        _admission.Drain();
        foreach (Session session in _greeting.ToArray())
        {
            session.Stop(EndReason.Draining, mayRead: true);
        }

        CompleteIfEmpty();
        return _empty.Task;
    }

    /// <summary>Ends every session at once.</summary>
    public void CutOff()
    {
        foreach (Session session in (Session[])[.. _greeting.ToArray(), .. _greeted.ToArray()])
        {
            session.Stop(EndReason.Shutdown);
        }
    }

    public void Dispose() => _relays.Dispose();

    private Session Begin(Connection connection, Gate gate, bool isCounted)
    {
        var session = new Session(this, _services.Ids.Next(), gate, connection, isCounted);

        // The oldest gives way: a flood of silent connections evicts its own, while a client that speaks at once is through in a moment.
        Session? oldest = IsFull ? _greeting.First : null;
        _greeting.AddLast(session);
        Report.Tally.Began(session.Protocol);
        session.Begin(gate.Greet(connection, session));
        oldest?.Stop(EndReason.Busy);
        return session;
    }

    private bool IsFull => _services.Limits.PendingPerLoop is > 0 and var limit && _greeting.Count >= limit;

    private void CompleteIfEmpty()
    {
        if (_admission.IsDraining && Count == 0)
        {
            _empty.TrySetResult();
        }
    }
}
