using Sluice.Gateway.Limits;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Gates;

/// <summary>Decides, on one loop, which clients may begin a session and how the others are rejected.</summary>
/// <remarks>
/// Answering a rejected client costs more than closing its connection. Up to a rate that costs nothing to speak of, each gets its answer;
/// in a flood the rest are dropped before anything is allocated for them.
/// </remarks>
internal sealed class Admission(EventLoop loop, ClientList clients, SessionLimits limits)
{
    private const int FramesPerSecond = 500;
    private const int RequestsPerSecond = 200;
    private const int TlsHandshakesPerSecond = 50;

    private readonly Budget _frames = new(FramesPerSecond);
    private readonly Budget _requests = new(RequestsPerSecond);
    private readonly Budget _tlsHandshakes = new(TlsHandshakesPerSecond);

    /// <summary>Whether every new client is rejected because the gateway is going away.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Rejects every new client from here on.</summary>
    public void Drain() => IsDraining = true;

    /// <summary>
    /// Decides about a new peer before its first byte, once. One that may speak for others enters uncounted: its session decides again
    /// when it knows the client.
    /// </summary>
    public AdmissionDecision Decide(in NetworkAddress peer, Gate gate)
    {
        if (!gate.HidesClient(peer))
        {
            return DecideKnown(peer, gate);
        }

        return IsDraining ? Reject(EndReason.Draining, gate) : AdmissionDecision.EnterUncounted;
    }

    /// <summary>Decides about a client whose address is known, and counts it if it enters.</summary>
    public AdmissionDecision DecideKnown(in NetworkAddress client, Gate gate) =>
        Enter(client) is { } reason ? Reject(reason, gate) : AdmissionDecision.Enter;

    /// <summary>Counts a client that may enter and returns null, or returns why it may not.</summary>
    public EndReason? Enter(in NetworkAddress client)
    {
        if (!clients.Serves(client))
        {
            return EndReason.Denied;
        }

        if (IsDraining)
        {
            return EndReason.Draining;
        }

        return limits.TryEnter(client, loop.Now) ? null : EndReason.Busy;
    }

    private AdmissionDecision Reject(EndReason reason, Gate gate)
    {
        if (reason == EndReason.Denied || !BudgetFor(gate.RejectionCost).TryTake(loop.Now))
        {
            return AdmissionDecision.Reject(reason, RejectionAnswer.Silent);
        }

        // A client that reads "draining" must have read it before the gateway goes away, so it gets a session, which the drain waits for.
        bool asFrame = gate.RejectionCost == RejectionCost.Frame && reason != EndReason.Draining;
        return AdmissionDecision.Reject(reason, asFrame ? RejectionAnswer.Frame : RejectionAnswer.AfterHandshake);
    }

    private Budget BudgetFor(RejectionCost cost) => cost switch
    {
        RejectionCost.TlsHandshake => _tlsHandshakes,
        RejectionCost.Request => _requests,
        _ => _frames,
    };
}
