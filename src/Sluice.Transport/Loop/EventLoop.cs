using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Sluice.Transport.Loop;

/// <summary>
/// One thread with a poller, timers and a mailbox. What is created on a loop lives and dies on it, so its code needs no lock.
/// The loop is also the <see cref="SynchronizationContext"/> of what runs on it: an <c>await</c> resumes on the same loop.
/// </summary>
/// <remarks>
/// A turn: wait for events, read the clock, call the targets that are ready, then those that asked for another turn, fire the timers that
/// were due before the sockets were looked at (<see cref="TimerHorizon"/>), run what was posted. A fault in a callback is logged and ends
/// what threw it, not the loop.
/// </remarks>
public sealed partial class EventLoop : IDisposable
{
    /// <summary>
    /// Room before received bytes in the scratch buffer, so that a protocol can put its own header there instead of copying them.
    /// </summary>
    internal const int HeaderRoom = 16;

    private const int EventsPerTurn = 256;

    /// <summary>Bytes of large buffers kept for reuse: one for each of 512 connections whose other end reads slowly.</summary>
    private const int KeptBufferBytes = 32 * 1024 * 1024;

    /// <summary>How often kept memory that was not needed since the last time is given back.</summary>
    private const long TrimMs = 60_000;

    [ThreadStatic]
    private static EventLoop? _current;

    private readonly Thread _thread;
    private readonly IPoller _poller;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly long _ticksPerMillisecond;
    private readonly TimerQueue _timers = new();
    private readonly PollTargetTable _targets = new();
    private readonly Mailbox _mailbox = new();
    private readonly PollResult[] _ready = new PollResult[EventsPerTurn];
    private readonly OnceQueue<ITurnEnd> _turnEnds = new();
    private readonly OnceQueue<IPollTarget> _again = new();
    private readonly TimerHorizon _horizon;
    private readonly Lock _trimLock = new();
    private Action[] _trims = [];
    private SmallBuffers? _smallBuffers;
    private object[] _parts;
    private long _datagramsDropped;
    private volatile bool _stopping;

    /// <summary>Creates a loop; <see cref="Start"/> starts its thread.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="scratchBytes">Size in bytes of the buffer that every receive goes through.</param>
    /// <param name="time">The clock.</param>
    /// <param name="poller">The loop disposes it.</param>
    /// <param name="logger">Logs the faults of callbacks.</param>
    /// <param name="parts">Objects that <see cref="Part{T}()"/> returns.</param>
    internal EventLoop(string name, int scratchBytes, TimeProvider time, IPoller poller, ILogger? logger, params ReadOnlySpan<object> parts)
    {
        Name = name;
        _logger = logger ?? NullLogger.Instance;
        _time = time;
        _ticksPerMillisecond = Math.Max(1, _time.TimestampFrequency / 1000);
        _poller = poller;
        _parts = parts.ToArray();
        Scratch = GC.AllocateUninitializedArray<byte>(HeaderRoom + scratchBytes, pinned: true);
        Buffers = new BufferPool(scratchBytes, KeptBufferBytes);
        Now = ReadClock();
        _horizon = new TimerHorizon(Now);
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>The loop whose thread this is, or null.</summary>
    public static EventLoop? Current => _current;

    /// <summary>Name of the loop, as in its thread.</summary>
    public string Name { get; }

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => ReferenceEquals(_current, this);

    /// <summary>The clock of this turn, in milliseconds from an arbitrary start; it never goes back.</summary>
    public long Now { get; private set; }

    /// <summary>Buffers for bytes that must outlive a callback; each is as large as the scratch buffer.</summary>
    public BufferPool Buffers { get; }

    /// <summary>Smaller buffers, for parts of messages.</summary>
    internal SmallBuffers SmallBuffers => _smallBuffers ??= new SmallBuffers(Buffers.BufferBytes / 2);

    /// <summary>Bytes allocated on the managed heap by the loop's thread so far. Call it on the loop.</summary>
    public long AllocatedBytes
    {
        get
        {
            ThrowIfNotCurrent();
            return GC.GetAllocatedBytesForCurrentThread();
        }
    }

    /// <summary>
    /// Datagrams that were dropped so far because a UDP socket was full for longer than what waits for it may grow. Readable from any
    /// thread.
    /// </summary>
    public long DatagramsDropped
    {
        get => Volatile.Read(ref _datagramsDropped);
        internal set => Volatile.Write(ref _datagramsDropped, value);
    }

    /// <summary>
    /// Every receive of this loop puts its bytes here, after <see cref="HeaderRoom"/>. Valid until the callback that was given them
    /// returns.
    /// </summary>
    internal byte[] Scratch { get; }

    /// <summary>Starts the loop's thread.</summary>
    public void Start() => _thread.Start();

    /// <summary>Runs <paramref name="work"/> on the loop, soon; not at all once the loop has ended. Callable from any thread.</summary>
    public void Post(SendOrPostCallback work, object? state = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        TryPost(work, state);
    }

    /// <summary>Runs <paramref name="work"/> on the loop and completes with its result, or its fault.</summary>
    /// <exception cref="ObjectDisposedException">The loop has ended (in the task).</exception>
    public Task<T> InvokeAsync<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool posted = TryPost(_ =>
        {
            try
            {
                done.SetResult(work());
            }
#pragma warning disable CA1031 // The fault belongs to the caller, whatever it is.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                done.SetException(fault);
            }
        });
        if (!posted)
        {
            done.SetException(new ObjectDisposedException(Name, "The event loop has ended."));
        }

        return done.Task;
    }

    /// <summary>Ends the wait for events, for example after a test moved the clock.</summary>
    public void Wake() => _poller.Wake();

    /// <summary>Calls <paramref name="target"/> once after <paramref name="delayMs"/> milliseconds. Call it on the loop.</summary>
    /// <param name="target">The target to call.</param>
    /// <param name="delayMs">Milliseconds from now; 1 at least.</param>
    /// <param name="kind">Given to <see cref="ITimerTarget.TimerDue"/>.</param>
    public TimerId Schedule(ITimerTarget target, long delayMs, int kind = 0)
    {
        ArgumentNullException.ThrowIfNull(target);
        ThrowIfNotCurrent();
        return _timers.Schedule(target, Now + Math.Max(1, delayMs), kind);
    }

    /// <summary>Cancels a timer; one that fired, or none, is ignored. Call it on the loop.</summary>
    public void Cancel(TimerId timer)
    {
        ThrowIfNotCurrent();
        _timers.Cancel(timer);
    }

    /// <summary>
    /// Has <paramref name="trim"/> called on the loop once a minute, to release what a pool kept and has not needed since. Callable from
    /// any thread.
    /// </summary>
    public void OnTrim(Action trim)
    {
        lock (_trimLock)
        {
            _trims = [.. _trims, trim];
        }
    }

    /// <summary>
    /// Whether a connection has not sent all bytes that were written to it, and its handler still holds the rest. Call it on the loop.
    /// </summary>
    public bool HasUnsent
    {
        get
        {
            ThrowIfNotCurrent();
            return Array.Exists(_targets.All(), target => target is IResident { HasUnsent: true });
        }
    }

    /// <summary>
    /// Closes the TCP connections that are left before the loop ends: in order, or by a reset if something was not
    /// sent. Call it on the
    /// loop.
    /// </summary>
    public void CloseConnections()
    {
        ThrowIfNotCurrent();
        foreach (IResident resident in _targets.All().OfType<IResident>())
        {
            resident.LoopEnds();
        }
    }

    /// <summary>Stops the thread and waits for it. Descriptors that are still watched are their owners' to close.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        if (_thread.IsAlive)
        {
            _poller.Wake();
            if (!IsCurrent)
            {
                _thread.Join();
            }
        }

        _poller.Dispose();
    }

    /// <summary>Returns the object of this type that lives on the loop. Callable from any thread.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    internal T Part<T>()
        where T : class =>
        FindPart<T>() ?? throw new InvalidOperationException($"The event loop '{Name}' has no {typeof(T).Name}.");

    /// <summary>Returns the object of this type that lives on the loop, and creates it at the first call. Call it on the loop.</summary>
    internal T Part<T>(Func<EventLoop, T> create)
        where T : class
    {
        if (FindPart<T>() is { } found)
        {
            return found;
        }

        ThrowIfNotCurrent();
        T part = create(this);
        Volatile.Write(ref _parts, [.. _parts, part]);
        return part;
    }

    /// <summary>Begins to watch a descriptor for its target.</summary>
    internal long Watch(IPollTarget target, nint handle, PollEvents interest)
    {
        ThrowIfNotCurrent();
        long token = _targets.Add(target);
        try
        {
            _poller.Add(handle, token, interest);
        }
        catch
        {
            _targets.Remove(token);
            throw;
        }

        return token;
    }

    internal void ChangeWatch(nint handle, long token, PollEvents interest) => _poller.Change(handle, token, interest);

    /// <summary>Gives a watched descriptor to another target.</summary>
    internal void ChangeTarget(long token, IPollTarget target) => _targets.Replace(token, target);

    internal void Unwatch(nint handle, long token)
    {
        _poller.Remove(handle, token);
        _targets.Remove(token);
    }

    /// <summary>
    /// Calls the target's <see cref="IPollTarget.Ready"/> once more, after the others that are ready had their turn. Asking several times
    /// before that still brings one call.
    /// </summary>
    internal void RunAgain(IPollTarget target) => _again.Add(target);

    /// <summary>Calls back once at the end of this turn, however often it is asked for before.</summary>
    internal void AtTurnEnd(ITurnEnd target) => _turnEnds.Add(target);

    /// <summary>Returns false if the loop has ended and will not run it.</summary>
    private bool TryPost(SendOrPostCallback work, object? state = null)
    {
        if (!_mailbox.TryAdd(work, state, out bool wasEmpty))
        {
            return false;
        }

        if (wasEmpty && !IsCurrent)
        {
            _poller.Wake();
        }

        return true;
    }

    private T? FindPart<T>()
        where T : class
    {
        foreach (object part in Volatile.Read(ref _parts))
        {
            if (part is T found)
            {
                return found;
            }
        }

        return null;
    }

    private long ReadClock() => _time.GetTimestamp() / _ticksPerMillisecond;

    private void ThrowIfNotCurrent()
    {
        if (!IsCurrent)
        {
            throw new InvalidOperationException($"This belongs to the event loop '{Name}' and was called from another thread: use Post.");
        }
    }
}
