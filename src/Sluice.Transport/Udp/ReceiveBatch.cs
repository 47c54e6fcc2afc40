namespace Sluice.Transport.Udp;

/// <summary>Room for received datagrams, and who sent them. One per loop is enough: it is worked off before the next receive.</summary>
internal sealed class ReceiveBatch
{
    /// <summary>Datagrams per system call.</summary>
    public const int Capacity = 32;

    /// <summary>Longer datagrams are cut off, and refused for their length: KCP's longest is 1,500 bytes.</summary>
    public const int SlotBytes = 2048;

    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(Capacity * SlotBytes, pinned: true);

    public int[] Lengths { get; } = new int[Capacity];

    public NetworkAddress[] Senders { get; } = new NetworkAddress[Capacity];

    public Span<byte> this[int index] => Buffer.AsSpan(index * SlotBytes, Lengths[index]);
}
