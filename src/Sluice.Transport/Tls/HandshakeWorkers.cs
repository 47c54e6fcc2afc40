namespace Sluice.Transport.Tls;

/// <summary>Runs the costly steps of handshakes off the loops, a few at a time and in their order.</summary>
/// <remarks>
/// A signature takes up to a few milliseconds, during which a loop would serve no other client. The bound leaves the loops their share of
/// the processors under a flood of handshakes: handshakes above it wait here. A handshake that is cancelled before its turn is withdrawn,
/// so only those
/// that are still wanted wait, and the bound on pending handshakes is one on the queue too.
/// </remarks>
internal sealed class HandshakeWorkers(int atOnce) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TlsHandshake> _waiting = new();
    private int _running;

    /// <summary>For clients, which can cause handshakes at will: half as many as there are processors.</summary>
    public static HandshakeWorkers ForClients { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>For backends, apart from clients, so that a flood of those does not keep anybody from being reached.</summary>
    public static HandshakeWorkers ForBackends { get; } = new(Math.Max(1, Environment.ProcessorCount / 4));

    /// <summary>Has a step run soon.</summary>
    /// <param name="step">The handshake's place in the queue.</param>
    /// <param name="first">True for a step that only ends a handshake: it costs next to nothing, and gives back what the handshake
    /// holds.</param>
    public void Run(LinkedListNode<TlsHandshake> step, bool first)
    {
        lock (_lock)
        {
            if (first)
            {
                _waiting.AddFirst(step);
            }
            else
            {
                _waiting.AddLast(step);
            }

            if (_running == atOnce)
            {
                return;
            }

            _running++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Takes back a step that has not begun. Returns false if it has.</summary>
    public bool TryWithdraw(LinkedListNode<TlsHandshake> step)
    {
        lock (_lock)
        {
            bool waits = step.List is not null;
            if (waits)
            {
                _waiting.Remove(step);
            }

            return waits;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            TlsHandshake next;
            lock (_lock)
            {
                if (_waiting.First is not { } first)
                {
                    _running--;
                    return;
                }

                _waiting.RemoveFirst();
                next = first.Value;
            }

            next.RunStep();
        }
    }
}
