using Sluice.Gateway.Sessions;
using Sluice.Gateway.Telemetry;
using Sluice.Transport;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Limits;

/// <summary>Decides, on one loop, who may begin a session, and how much is spent on those who may not.</summary>
/// <remarks>
/// Telling a client that it is refused costs more than closing its connection. Up to a rate that a server bears without noticing, each is told;
/// in a flood the rest is closed before anything is made of it.
/// </remarks>
internal sealed class Entrance(EventLoop loop, ClientList clients, SessionCount count, SessionReport report)
{
    /// <summary>Refused per second with a frame, which needs nothing from the client.</summary>
    private const int ToldPerSecond = 500;

    /// <summary>Refused per second where the client's request is read first (WebSocket), and where that takes a TLS handshake.</summary>
    private const int HeardPerSecond = 200;
    private const int HeardByTlsPerSecond = 50;

    private readonly Budget _told = new(ToldPerSecond);
    private readonly Budget _heard = new(HeardPerSecond);
    private readonly Budget _heardByTls = new(HeardByTlsPerSecond);

    /// <summary>No client is let in from here on.</summary>
    public bool IsDraining { get; set; }

    /// <summary>False for a peer of whom nothing is wanted: not served at all, or one of too many that are refused. To be asked before anything is made of it.</summary>
    public bool IsWorthAWord(in NetworkAddress peer, Gate gate)
    {
        if (gate.HidesClient(peer)
            || (clients.Serves(peer) && ((!IsDraining && count.HasRoom(peer, loop.Now)) || BudgetOf(gate).HasRoom(loop.Now))))
        {
            return true;
        }

        report.TurnedAway();
        return false;
    }

    /// <summary>Lets a client in, or says why not: <see cref="EndReason.Denied"/> for one that is not served and gets no word.</summary>
    public EndReason? Admit(in NetworkAddress client)
    {
        if (!clients.Serves(client))
        {
            return EndReason.Denied;
        }

        if (IsDraining)
        {
            return EndReason.Draining;
        }

        return count.TryEnter(client, loop.Now) ? null : EndReason.Busy;
    }

    /// <summary>True where a refused client of that gate may be told so; counts it.</summary>
    public bool MayTell(Gate gate)
    {
        if (TakeWord(gate))
        {
            return true;
        }

        report.TurnedAway();
        return false;
    }

    /// <summary>The same for a client that has a session, which counts it.</summary>
    public bool TakeWord(Gate gate) => BudgetOf(gate).TryTake(loop.Now);

    private Budget BudgetOf(Gate gate) => gate.Tls is not null ? _heardByTls : gate.Protocol == Protocol.WebSocket ? _heard : _told;
}
