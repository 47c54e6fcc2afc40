namespace Sluice.Gateway.Dialing;

/// <summary>Threads that look names up: made when they are needed, ended when they are idle.</summary>
/// <remarks>
/// The system's resolver blocks a thread for as long as a name server is silent, whatever we gave up meanwhile. Clients choose the names,
/// and so could take every thread of the process that timers, TLS and the admin endpoint need. These are threads that nothing else waits
/// for.
/// </remarks>
internal sealed class NameThreads
{
    /// <summary>Look-ups at once. A thread that waits costs its stack, of which the kernel gives what is touched.</summary>
    public const int MaxThreads = 64;

    /// <summary>Look-ups in line for a thread.</summary>
    public const int MaxWaiting = 1024;

    private const int StackBytes = 256 * 1024;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly LinkedList<NameQuestion> _waiting = new();
    private int _threads;
    private int _idle;

    /// <summary>Has a name looked up.</summary>
    /// <param name="question">What to ask.</param>
    /// <param name="onlyIfIdle">Whether it is asked only if half of the threads are free.</param>
    /// <returns>False if too many are in line, or the system gives us no thread.</returns>
    public bool TryEnqueue(NameQuestion question, bool onlyIfIdle = false)
    {
        lock (_gate)
        {
            if (_waiting.Count == MaxWaiting || (onlyIfIdle && _threads - _idle + _waiting.Count >= MaxThreads / 2))
            {
                return false;
            }

            _waiting.AddLast(question.Place);
            if (_idle >= _waiting.Count || _threads == MaxThreads || !TryStart())
            {
                Monitor.Pulse(_gate);
            }

            if (_threads > 0)
            {
                return true;
            }

            _waiting.Remove(question.Place);
            return false;
        }
    }

    /// <summary>Takes a question out of the line that nobody waits for any more. Returns false if a thread has it already.</summary>
    public bool Withdraw(NameQuestion question)
    {
        lock (_gate)
        {
            if (question.Place.List is null)
            {
                return false;
            }

            _waiting.Remove(question.Place);
            return true;
        }
    }

    private bool TryStart()
    {
        try
        {
            new Thread(Run, StackBytes) { IsBackground = true, Name = "names" }.Start();
            _threads++;
            return true;
        }
        catch (OutOfMemoryException)
        {
            // The system has no thread left; the existing ones will answer.
            return false;
        }
    }

    private void Run()
    {
        while (Next() is { } question)
        {
            question.Ask();
        }
    }

    /// <summary>Returns the next in line; null if the thread should end.</summary>
    private NameQuestion? Next()
    {
        lock (_gate)
        {
            _idle++;
            bool inTime = true;
            while (_waiting.Count == 0 && inTime)
            {
                inTime = Monitor.Wait(_gate, IdleTime);
            }

            _idle--;
            if (_waiting.First is not { } first)
            {
                _threads--;
                return null;
            }

            _waiting.Remove(first);
            return first.Value;
        }
    }
}
