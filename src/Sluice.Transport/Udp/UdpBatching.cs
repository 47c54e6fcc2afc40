namespace Sluice.Transport.Udp;

/// <summary>Which of the system's ways to move several datagrams in one call are used. All false: one call for each.</summary>
/// <remarks>As an option it is what may be used; as a property of a loop it is what the system supports of that.</remarks>
public sealed record UdpBatching
{
    /// <summary>No way: one call for each datagram, as on every system but Linux.</summary>
    public static UdpBatching None { get; } =
        new() { ReceiveOffload = false, SendOffload = false, ReceiveBatches = false, SendBatches = false, Gathering = false };

    /// <summary>UDP GRO (udp(7), UDP_GRO; Linux 5.0): the system joins datagrams of one sender before it hands them over.</summary>
    public bool ReceiveOffload { get; init; } = true;

    /// <summary>
    /// UDP GSO (udp(7), UDP_SEGMENT; Linux 4.18): a run of datagrams of one size to one peer goes through the system as one.
    /// </summary>
    public bool SendOffload { get; init; } = true;

    /// <summary>recvmmsg(2).</summary>
    public bool ReceiveBatches { get; init; } = true;

    /// <summary>sendmmsg(2): datagrams or runs that differ in size or peer.</summary>
    public bool SendBatches { get; init; } = true;

    /// <summary>
    /// A loop that has begun to take bulk, or takes thousands of datagrams a second, waits 0.2 ms for more before it passes them on: fewer
    /// turns, and
    /// fewer calls in each.
    /// </summary>
    public bool Gathering { get; init; } = true;

    /// <summary>As <c>GRO, GSO, recvmmsg, sendmmsg, gathering</c>, or <c>one call per datagram</c>.</summary>
    public override string ToString()
    {
        (bool On, string Name)[] ways =
        [
            (ReceiveOffload, "GRO"), (SendOffload, "GSO"),
            (ReceiveBatches, "recvmmsg"), (SendBatches, "sendmmsg"), (Gathering, "gathering"),
        ];
        return this == None ? "one call per datagram" : string.Join(", ", ways.Where(way => way.On).Select(way => way.Name));
    }

    /// <summary>What is in both.</summary>
    internal UdpBatching And(UdpBatching other) => new()
    {
        ReceiveOffload = ReceiveOffload && other.ReceiveOffload,
        SendOffload = SendOffload && other.SendOffload,
        ReceiveBatches = ReceiveBatches && other.ReceiveBatches,
        SendBatches = SendBatches && other.SendBatches,
        Gathering = Gathering && other.Gathering,
    };
}
