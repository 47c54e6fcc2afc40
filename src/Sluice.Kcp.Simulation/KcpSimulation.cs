namespace Sluice.Kcp.Simulation;

/// <summary>
/// Two sessions joined by two simulated links, run as fast as the processor allows: time jumps from one event to the next, so a minute
/// of KCP takes milliseconds and every run can be repeated by its seed.
/// </summary>
public sealed class KcpSimulation : IDisposable
{
    /// <summary>Sets up both ends; nothing is sent yet.</summary>
    /// <param name="near">Settings of <see cref="Near"/>.</param>
    /// <param name="far">Settings of <see cref="Far"/>.</param>
    /// <param name="toFar">The link from near to far.</param>
    /// <param name="toNear">The link back.</param>
    /// <param name="seed">Decides the fate of every datagram.</param>
    /// <param name="start">The clock's first value, milliseconds.</param>
    public KcpSimulation(KcpOptions near, KcpOptions far, LinkConditions toFar, LinkConditions toNear, ulong seed, long start = 0)
    {
        uint conv = (uint)seed ^ 0x51ce;
        Context = new KcpContext();
        Near = new SimulatedEndpoint(new KcpSession(conv, near, Context), new SimulatedLink(toFar, seed * 2));
        Far = new SimulatedEndpoint(new KcpSession(conv, far, Context), new SimulatedLink(toNear, (seed * 2) + 1));
        Now = start;
    }

    /// <summary>What both sessions share; its counters tell what they did.</summary>
    public KcpContext Context { get; }

    /// <summary>The end that a test usually lets speak first.</summary>
    public SimulatedEndpoint Near { get; }

    /// <summary>The other end.</summary>
    public SimulatedEndpoint Far { get; }

    /// <summary>The virtual clock, milliseconds.</summary>
    public long Now { get; private set; }

    /// <summary>When the application wants its next turn though nothing arrives; it sets this in its turn. <see cref="KcpSession.Never"/> for no wish.</summary>
    public long WakeAt { get; set; } = KcpSession.Never;

    /// <summary>Runs until the application is done.</summary>
    /// <param name="turn">The application: called after every event, it reads and writes both sessions and says whether it is done.</param>
    /// <param name="limit">Milliseconds of virtual time at most.</param>
    /// <returns>True where it got done; false at the limit, or where nothing would ever happen again.</returns>
    public bool Run(Func<KcpSimulation, bool> turn, long limit)
    {
        ArgumentNullException.ThrowIfNull(turn);
        long end = Now + limit;
        while (true)
        {
            Near.Receive(Far.Outgoing, Now);
            Far.Receive(Near.Outgoing, Now);
            if (turn(this))
            {
                return true;
            }

            Near.Update(Now);
            Far.Update(Now);
            long next = NextEvent();
            if (next > end)
            {
                return false;
            }

            Now = Math.Max(Now, next);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Near.Session.Dispose();
        Far.Session.Dispose();
    }

    private long NextEvent()
    {
        long links = Math.Min(Near.Outgoing.NextArrival, Far.Outgoing.NextArrival);
        long sessions = Math.Min(Near.Session.NextUpdate(Now), Far.Session.NextUpdate(Now));
        return Math.Min(WakeAt, Math.Min(links, sessions));
    }
}
