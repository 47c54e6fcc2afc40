namespace Sluice.Kcp.Simulation;

/// <summary>
/// Two sessions joined by two simulated links, run as fast as the processor allows. Time jumps from one event to the next, so a minute of
/// KCP takes milliseconds, and the seed repeats a run exactly.
/// </summary>
public sealed class KcpSimulation : IDisposable
{
    /// <summary>Creates both ends. Nothing is sent yet.</summary>
    /// <param name="near">Settings of <see cref="Near"/>.</param>
    /// <param name="far">Settings of <see cref="Far"/>.</param>
    /// <param name="toFar">The link from near to far.</param>
    /// <param name="toNear">The link back.</param>
    /// <param name="seed">The seed of all random decisions.</param>
    /// <param name="start">The clock's first value, milliseconds.</param>
    public KcpSimulation(KcpOptions near, KcpOptions far, LinkConditions toFar, LinkConditions toNear, ulong seed, long start = 0)
    {
        uint conv = (uint)seed ^ 0x51ce;
        Context = new KcpContext();
        Near = new SimulatedEndpoint(new KcpSession(conv, near, Context), new SimulatedLink(toFar, seed * 2));
        Far = new SimulatedEndpoint(new KcpSession(conv, far, Context), new SimulatedLink(toNear, (seed * 2) + 1));
        Now = start;
    }

    /// <summary>The context of both sessions, with their counters.</summary>
    public KcpContext Context { get; }

    /// <summary>The end that usually speaks first.</summary>
    public SimulatedEndpoint Near { get; }

    /// <summary>The other end.</summary>
    public SimulatedEndpoint Far { get; }

    /// <summary>The virtual clock, milliseconds.</summary>
    public long Now { get; private set; }

    /// <summary>
    /// When the application wants its next turn even if nothing arrives. It sets this in its turn; <see cref="KcpSession.Never"/> means not
    /// at all.
    /// </summary>
    public long WakeAt { get; set; } = KcpSession.Never;

    /// <summary>Runs until the application is done.</summary>
    /// <param name="turn">
    /// The application, called after every event. It reads and writes both sessions, and returns whether it is done.
    /// </param>
    /// <param name="limit">The most milliseconds of virtual time.</param>
    /// <returns>True if the application is done; false at the limit, or if nothing would happen any more.</returns>
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
