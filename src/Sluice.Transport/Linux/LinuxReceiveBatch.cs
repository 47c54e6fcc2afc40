using System.Runtime.CompilerServices;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>A batch with the headers that recvmmsg(2) fills beside the slots: set up once, for all sockets of a loop.</summary>
internal sealed unsafe class LinuxReceiveBatch : ReceiveBatch
{
    /// <summary>
    /// Slots if UDP GRO fills them: fewer, since each takes the longest datagram that IP can carry. Unused pages cost nothing.
    /// </summary>
    private const int OffloadSlots = 16;

    private const int OffloadSlotBytes = 64 * 1024;

    /// <summary>
    /// Not a power of two: the first lines of all slots, which are used most, would share a few places of the processor's cache.
    /// </summary>
    private const int OffloadStride = OffloadSlotBytes + 1408;

    private const int ControlBytes = 96;

    private readonly bool _multiple;
    private readonly MultiMessage[] _headers;
    private readonly IoVector[] _vectors;
    private readonly byte[] _names;
    private readonly byte[] _controls;

    public LinuxReceiveBatch(UdpBatching batching)
        : base(
            batching.ReceiveOffload ? OffloadSlots : SingleSlots,
            batching.ReceiveOffload ? OffloadSlotBytes : SingleSlotBytes,
            batching.ReceiveOffload ? OffloadStride : SingleSlotBytes)
    {
        _multiple = batching.ReceiveBatches;
        _headers = GC.AllocateArray<MultiMessage>(Slots, pinned: true);
        _vectors = GC.AllocateArray<IoVector>(Slots, pinned: true);
        _names = GC.AllocateArray<byte>(Slots * NativeSocketAddress.MaxBytes, pinned: true);
        _controls = GC.AllocateArray<byte>(Slots * ControlBytes, pinned: true);
        for (int i = 0; i < Slots; i++)
        {
            _vectors[i] = new IoVector { Start = Pointer(ref Buffer[Start(i)]), Length = (nuint)SlotBytes };
            ref MessageHeader header = ref _headers[i].Header;
            header.Name = Pointer(ref _names[i * NativeSocketAddress.MaxBytes]);
            header.Vectors = (IoVector*)Unsafe.AsPointer(ref _vectors[i]);
            header.VectorCount = 1;
            header.Control = Pointer(ref _controls[i * ControlBytes]);
            Reset(ref header);
        }
    }

    /// <summary>Fills slots from a socket.</summary>
    /// <returns>0, or the error number that ended it: EAGAIN if nothing waits any more.</returns>
    public int Receive(int fd)
    {
        Clear();
        return _multiple ? ReceiveMany(fd) : ReceiveOneByOne(fd);
    }

    private int ReceiveMany(int fd)
    {
        int count = ReceiveMultiple(fd, Header(0), (uint)Slots, 0, null);
        for (int i = 0; i < count; i++)
        {
            Take(i, (int)_headers[i].Length);
        }

        // Fewer than there is room for were all that there was.
        return count < 0 ? Errno.Last : IsFull ? 0 : Errno.EAGAIN;
    }

    private int ReceiveOneByOne(int fd)
    {
        for (int i = 0; i < Slots; i++)
        {
            nint length = ReceiveMessage(fd, &Header(i)->Header, 0);
            if (length < 0)
            {
                return Errno.Last;
            }

            Take(i, (int)length);
        }

        return 0;
    }

    private void Take(int slot, int length)
    {
        ref MessageHeader header = ref _headers[slot].Header;
        ReceivedControl control = header.ControlLength == 0
            ? default
            : ReceivedControl.Read(_controls.AsSpan(slot * ControlBytes, (int)Math.Min(header.ControlLength, ControlBytes)));
        if ((header.Flags & MsgCut) != 0)
        {
            // Its last datagram is not whole, if it holds several; else the only one.
            length = control.SegmentBytes > 0 ? length - (length % control.SegmentBytes) : 0;
        }

        if ((header.Flags & MsgCutControl) != 0 || ((header.Flags & MsgCut) != 0 && length == 0))
        {
            // Nobody can say where its datagrams begin, or none is whole.
            Drop();
        }
        else
        {
            NetworkAddress sender = NativeSocketAddress.Read(
                _names.AsSpan(slot * NativeSocketAddress.MaxBytes, NativeSocketAddress.MaxBytes));
            Add(length, control.SegmentBytes, sender, control.Local);
        }

        Reset(ref header);
    }

    /// <summary>The system has written over these.</summary>
    private static void Reset(ref MessageHeader header)
    {
        header.NameLength = NativeSocketAddress.MaxBytes;
        header.ControlLength = ControlBytes;
        header.Flags = 0;
    }

    private MultiMessage* Header(int slot) => (MultiMessage*)Unsafe.AsPointer(ref _headers[slot]);

    private static byte* Pointer(ref byte start) => (byte*)Unsafe.AsPointer(ref start);
}
