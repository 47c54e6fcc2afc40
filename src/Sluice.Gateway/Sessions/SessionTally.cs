using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway.Sessions;

/// <summary>The counters of one loop's sessions. Only the loop writes; any thread reads, each number for itself.</summary>
internal sealed class SessionTally
{
    private static readonly int Protocols = Enum.GetValues<Protocol>().Length;
    private static readonly int Reasons = Enum.GetValues<EndReason>().Length;

    private readonly long[] _live = new long[Protocols];
    private readonly long[] _ended = new long[Protocols * Reasons];
    private long _fromClients;
    private long _fromBackends;
    private long _rejectedSilently;
    private long _faults;

    /// <summary>Payload of ended sessions, in bytes.</summary>
    public long BytesFromClients => Volatile.Read(ref _fromClients);

    /// <summary>Payload of ended sessions, in bytes.</summary>
    public long BytesFromBackends => Volatile.Read(ref _fromBackends);

    /// <summary>Clients that were rejected without an answer.</summary>
    public long RejectedSilentlyCount => Volatile.Read(ref _rejectedSilently);

    /// <summary>Sessions that a fault of the gateway or of the strategy ended.</summary>
    public long FaultCount => Volatile.Read(ref _faults);

    public long Live(Protocol protocol) => Volatile.Read(ref _live[(int)protocol]);

    public long EndedCount(Protocol protocol, EndReason reason) => Volatile.Read(ref _ended[Place(protocol, reason)]);

    public void Began(Protocol protocol) => Add(ref _live[(int)protocol], 1);

    /// <summary>The session is no longer live. <see cref="Ended"/> counts why, and is called before.</summary>
    public void Left(Protocol protocol) => Add(ref _live[(int)protocol], -1);

    public void Ended(Protocol protocol, EndReason reason, long bytesFromClient = 0, long bytesFromBackend = 0)
    {
        Add(ref _ended[Place(protocol, reason)], 1);
        Add(ref _fromClients, bytesFromClient);
        Add(ref _fromBackends, bytesFromBackend);
    }

    public void RejectedSilently() => Add(ref _rejectedSilently, 1);

    public void Faulted() => Add(ref _faults, 1);

    private static int Place(Protocol protocol, EndReason reason) => ((int)protocol * Reasons) + (int)reason;

    /// <summary>One writer needs no lock; a volatile write is never torn.</summary>
    private static void Add(ref long count, long more) => Volatile.Write(ref count, count + more);
}
