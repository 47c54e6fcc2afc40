namespace Sluice.Kcp.Simulation;

/// <summary>One end of the simulation: a session, and the link that it sends over.</summary>
public sealed class SimulatedEndpoint : IKcpOutput
{
    private readonly byte[] _buffer = new byte[KcpOptions.MaxDatagram];
    private long _now;

    internal SimulatedEndpoint(KcpSession session, SimulatedLink outgoing)
    {
        Session = session;
        Outgoing = outgoing;
    }

    /// <summary>The session.</summary>
    public KcpSession Session { get; }

    /// <summary>The link from this end to the other.</summary>
    public SimulatedLink Outgoing { get; }

    Span<byte> IKcpOutput.GetDatagram(int size) => _buffer;

    void IKcpOutput.Commit(Span<byte> datagram) => Outgoing.Send(datagram, _now);

    internal void Receive(SimulatedLink incoming, long now)
    {
        while (incoming.TryReceive(now, out byte[] datagram))
        {
            Session.Input(datagram, now);
        }
    }

    internal void Update(long now)
    {
        _now = now;
        Session.Update(now, this);
    }
}
