namespace Sluice.Transport;

/// <summary>What a connection that carries messages adds to the bytes of its handler. The default for a plain stream of bytes.</summary>
public readonly record struct ConnectionFraming
{
    /// <summary>Bytes given to the handler that the connection added itself (lengths before messages).</summary>
    public long ReceivedBytes { get; init; }

    /// <summary>Bytes written by the handler that only delimit messages.</summary>
    public long WrittenBytes { get; init; }

    /// <summary>Whether the bytes written so far end inside a message: it is only sent once the rest of it is written.</summary>
    public bool EndsInsideMessage { get; init; }
}
