namespace Sluice.Transport.Loop;

/// <summary>Owner of one descriptor that a loop watches.</summary>
internal interface IPollTarget
{
    /// <summary>Called on the loop when the descriptor is ready, or after <see cref="EventLoop.RunAgain"/> (with no events).</summary>
    /// <remarks>
    /// Readiness is an edge: it is reported once, so the target works until the socket would block,
    /// or asks for another turn with <see cref="EventLoop.RunAgain"/>. A level-triggered poller reports it more often, which does no harm.
    /// </remarks>
    void Ready(PollEvents events);

    /// <summary>Called when a callback of this target threw: the target ends itself. What it throws here as well is only logged.</summary>
    void Faulted(Exception fault);
}
