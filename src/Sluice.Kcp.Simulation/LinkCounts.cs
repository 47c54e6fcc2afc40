namespace Sluice.Kcp.Simulation;

/// <summary>What one direction of a link did so far.</summary>
public readonly record struct LinkCounts
{
    /// <summary>Datagrams given to the link.</summary>
    public long Sent { get; init; }

    /// <summary>Bytes given to the link, with <see cref="LinkConditions.HeaderBytes"/> for each datagram.</summary>
    public long SentBytes { get; init; }

    /// <summary>Datagrams lost by chance or dropped from a full queue.</summary>
    public long Lost { get; init; }

    /// <summary>Datagrams of which a copy was made.</summary>
    public long Duplicated { get; init; }

    /// <summary>Datagrams that arrived behind one that was sent later, copies included.</summary>
    public long Reordered { get; init; }

    /// <summary>Datagrams that arrived, copies included.</summary>
    public long Delivered { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Sent} sent, {Lost} lost, {Duplicated} duplicated, {Reordered} reordered, {Delivered} delivered, {SentBytes} bytes";
}
