namespace Sluice.Transport.Udp;

/// <summary>Room for what one receive brings. One per loop is enough: it is processed before the next receive.</summary>
/// <remarks>
/// A slot takes what the system hands over at once: one datagram, or with UDP GRO several of one sender, of one size but for a shorter last
/// one.
/// The enumerator returns single datagrams.
/// </remarks>
internal class ReceiveBatch
{
    /// <summary>
    /// Longer datagrams are dropped, since none of KCP's is longer than 1,500 bytes. A slot has room for one byte more, which shows that
    /// they are longer.
    /// </summary>
    public const int MaxDatagramBytes = 2047;

    /// <summary>Slots for single datagrams.</summary>
    public const int SingleSlots = 32;

    protected const int SingleSlotBytes = MaxDatagramBytes + 1;

    private readonly int _stride;
    private readonly Slot[] _slots;

    public ReceiveBatch()
        : this(SingleSlots, SingleSlotBytes, SingleSlotBytes)
    {
    }

    /// <param name="slots">How many there are.</param>
    /// <param name="slotBytes">Size of each.</param>
    /// <param name="stride">Bytes from the start of one to the start of the next.</param>
    protected ReceiveBatch(int slots, int slotBytes, int stride)
    {
        _slots = new Slot[slots];
        _stride = stride;
        SlotBytes = slotBytes;
        Buffer = GC.AllocateUninitializedArray<byte>(slots * stride, pinned: true);
    }

    /// <summary>Size of a slot in bytes.</summary>
    public int SlotBytes { get; }

    /// <summary>Slots that the last receive has filled.</summary>
    public int Filled { get; private set; }

    /// <summary>Datagrams that the last receive has brought, dropped ones included.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the last receive left no slot: more may wait.</summary>
    public bool IsFull => Filled == _slots.Length;

    /// <summary>How many slots there are.</summary>
    protected int Slots => _slots.Length;

    /// <summary>Holds the slots; pinned.</summary>
    protected byte[] Buffer { get; }

    /// <summary>Begins a receive.</summary>
    public void Clear() => (Filled, Count) = (0, 0);

    /// <summary>The slot that is filled next.</summary>
    public Span<byte> NextSlot => Buffer.AsSpan(Start(Filled), SlotBytes);

    /// <summary>The next slot has been filled.</summary>
    /// <param name="length">Bytes in it.</param>
    /// <param name="segmentBytes">Size of the datagrams that they are; 0 for one datagram.</param>
    /// <param name="sender">The sender.</param>
    /// <param name="local">Which of this machine's addresses they were sent to; default if the system does not report it.</param>
    public void Add(int length, int segmentBytes, in NetworkAddress sender, in NetworkAddress local = default)
    {
        segmentBytes = segmentBytes > 0 && segmentBytes < length ? segmentBytes : int.MaxValue;
        Count += segmentBytes < length ? (length + segmentBytes - 1) / segmentBytes : 1;
        _slots[Filled++] = new Slot(length, segmentBytes, sender, local);
    }

    /// <summary>What is in the next slot is not to be seen.</summary>
    public void Drop()
    {
        Count++;
        _slots[Filled++] = new Slot(-1, int.MaxValue, default, default);
    }

    /// <summary>Walks through the datagrams in the order in which they came.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Where a slot begins.</summary>
    protected int Start(int slot) => slot * _stride;

    /// <summary>What a slot holds; a length of -1: nothing to be seen.</summary>
    private readonly record struct Slot(int Length, int SegmentBytes, NetworkAddress Sender, NetworkAddress Local);

    /// <summary>A datagram in place in the batch.</summary>
    internal readonly ref struct Datagram(Span<byte> bytes, NetworkAddress sender, NetworkAddress local)
    {
        public Span<byte> Bytes { get; } = bytes;

        public NetworkAddress Sender { get; } = sender;

        /// <summary>Which of this machine's addresses it was sent to; default if the system does not report it.</summary>
        public NetworkAddress Local { get; } = local;
    }

    /// <summary>Cuts slots into datagrams on the way: there is no telling beforehand how many there are.</summary>
    internal ref struct Enumerator(ReceiveBatch batch)
    {
        private int _slot = -1;
        private int _next;
        private int _offset;
        private int _length;

        public readonly Datagram Current =>
            new(batch.Buffer.AsSpan(batch.Start(_slot) + _offset, _length), batch._slots[_slot].Sender, batch._slots[_slot].Local);

        public bool MoveNext()
        {
            do
            {
                if (_slot < 0 || _next >= batch._slots[_slot].Length)
                {
                    if (!NextSlot())
                    {
                        return false;
                    }
                }

                Slot slot = batch._slots[_slot];
                _offset = _next;
                _length = Math.Min(slot.SegmentBytes, slot.Length - _offset);
                _next = _offset + _length;
            }
            while (_length > MaxDatagramBytes);

            return true;
        }

        private bool NextSlot()
        {
            do
            {
                if (++_slot >= batch.Filled)
                {
                    return false;
                }
            }
            while (batch._slots[_slot].Length < 0);

            _next = 0;
            return true;
        }
    }
}
