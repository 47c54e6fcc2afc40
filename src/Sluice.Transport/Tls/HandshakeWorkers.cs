namespace Sluice.Transport.Tls;

/// <summary>Runs the costly steps of handshakes off the loops, a few at a time and in their order.</summary>
/// <remarks>
/// A signature takes up to a few milliseconds, during which a loop would serve nobody else. The bound leaves the loops their share of the
/// processors under a flood of handshakes: what is above it waits here, not they.
/// </remarks>
internal sealed class HandshakeWorkers(int atOnce) : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly Queue<TlsHandshake> _waiting = new();
    private int _running;

    /// <summary>Those of this process: half as many as there are processors.</summary>
    public static HandshakeWorkers Shared { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    public void Run(TlsHandshake handshake)
    {
        lock (_lock)
        {
            _waiting.Enqueue(handshake);
            if (_running == atOnce)
            {
                return;
            }

            _running++;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            TlsHandshake? next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _running--;
                    return;
                }
            }

            next.RunStep();
        }
    }
}
