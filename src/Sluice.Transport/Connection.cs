using Sluice.Transport.Loop;

namespace Sluice.Transport;

/// <summary>One duplex byte stream that is owned by one event loop: every member is called on that loop.</summary>
/// <remarks>
/// Bytes are pushed to the <see cref="Handler"/>; a connection owns no buffer. Either side may finish while the other continues
/// (half-close). After <see cref="Close"/> or <see cref="Abort"/> the handler is not called again.
/// </remarks>
public abstract class Connection
{
    private protected Connection(EventLoop loop, IConnectionHandler handler)
    {
        Loop = loop;
        Handler = handler;
    }

    /// <summary>The loop that owns this connection.</summary>
    public EventLoop Loop { get; }

    /// <summary>Receives bytes and ends. Replaced as the connection passes from one phase to the next.</summary>
    public IConnectionHandler Handler { get; set; }

    /// <summary>The peer's address.</summary>
    public abstract NetworkAddress RemoteAddress { get; }

    /// <summary>
    /// The local address: of an accepted connection, the one that the peer connected to. TCP asks the system, and returns the default once
    /// closed. KCP returns the default if the socket serves a single address, or the system does not report it.
    /// </summary>
    public abstract NetworkAddress LocalAddress { get; }

    /// <summary>What the protocol can do.</summary>
    public abstract ConnectionTraits Traits { get; }

    /// <summary>Signs of life of the peer that the handler does not see. May ask the system.</summary>
    public virtual ConnectionActivity Activity => default;

    /// <summary>What the connection adds to the bytes of its handler.</summary>
    public virtual ConnectionFraming Framing => default;

    /// <summary>
    /// Completes with true once the peer has shown that its address is its own, and with false once it is lost. KCP waits for that if many
    /// other peers have not shown it. TCP completes at once, because the system has checked the address.
    /// </summary>
    /// <param name="cancellation">Stops the wait.</param>
    public virtual ValueTask<bool> ProveAsync(CancellationToken cancellation) => new(true);

    /// <summary>True once closed or aborted, by either member or by a loss.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>
    /// Whether bytes that it took still wait inside it. It takes no more until <see cref="IConnectionHandler.Writable"/>. Only a connection
    /// that frames what it sends holds bytes, since half a frame cannot be left to its caller.
    /// </summary>
    public virtual bool HoldsBytes => false;

    /// <summary>How much of the written bytes was sent and acknowledged. Asks the system; the default if it does not report it.</summary>
    internal virtual SendProgress SendProgress => default;

    /// <summary>Sends bytes. Returns how many were taken now.</summary>
    /// <remarks>
    /// If fewer bytes than offered are taken (0 too), <see cref="IConnectionHandler.Writable"/> is called when the rest can be offered. A
    /// failure is not returned but reported by <see cref="IConnectionHandler.Lost"/>, later in the turn.
    /// </remarks>
    public abstract int Write(ReadOnlySpan<byte> data);

    /// <summary>Sends bytes of several buffers as if they were one, with one system call if the protocol allows it.</summary>
    /// <param name="parts">In their order; at most <see cref="IGatheringHandler.MaxParts"/>.</param>
    /// <returns>Bytes taken, as with <see cref="Write"/>.</returns>
    public virtual int WriteParts(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        int total = 0;
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            int taken = Write(part.Span);
            total += taken;
            if (taken < part.Length)
            {
                break;
            }
        }

        return total;
    }

    /// <summary>Announces that nothing more will be written (FIN). Reading continues.</summary>
    public abstract void FinishWriting();

    /// <summary>Stops pushing bytes, so that the sender is slowed down. A loss is still reported.</summary>
    public abstract void Pause();

    /// <summary>Lets bytes be pushed again, from the next turn on.</summary>
    public abstract void Resume();

    /// <summary>Ends the connection in order: what was written is still delivered by the system.</summary>
    public abstract void Close();

    /// <summary>Ends the connection at once; the peer sees a reset.</summary>
    public abstract void Abort();

    /// <summary>
    /// Ends the connection in order, or by a reset if something was lost. Reports the cause if the protocol can.
    /// </summary>
    public virtual void End(ConnectionEnd cause)
    {
        if (cause is ConnectionEnd.Finished or ConnectionEnd.Idle)
        {
            Close();
        }
        else
        {
            Abort();
        }
    }
}
