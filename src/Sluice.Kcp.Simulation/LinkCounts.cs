namespace Sluice.Kcp.Simulation;

/// <summary>Counts of one direction of a link.</summary>
public readonly record struct LinkCounts
{
    /// <summary>Datagrams sent over the link.</summary>
    public long Sent { get; init; }

    /// <summary>Bytes sent over the link, plus <see cref="LinkConditions.HeaderBytes"/> for each datagram.</summary>
    public long SentBytes { get; init; }

    /// <summary>Datagrams lost at random or dropped at a full queue.</summary>
    public long Lost { get; init; }

    /// <summary>Datagrams that were duplicated.</summary>
    public long Duplicated { get; init; }

    /// <summary>Datagrams that arrived after one sent later, including copies.</summary>
    public long Reordered { get; init; }

    /// <summary>Datagrams that arrived, including copies.</summary>
    public long Delivered { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Sent} sent, {Lost} lost, {Duplicated} duplicated, {Reordered} reordered, {Delivered} delivered, {SentBytes} bytes";
}
