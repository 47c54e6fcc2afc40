using System.Runtime.CompilerServices;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>Headers for one sendmmsg(2): each message is a datagram, or by UDP GSO a run of datagrams. One per loop is enough.</summary>
internal sealed unsafe class OutgoingMessages
{
    /// <summary>Messages per system call.</summary>
    public const int Capacity = 64;

    private readonly MultiMessage[] _headers = GC.AllocateArray<MultiMessage>(Capacity, pinned: true);
    private readonly IoVector[] _vectors = GC.AllocateArray<IoVector>(Capacity, pinned: true);
    private readonly byte[] _controls = GC.AllocateArray<byte>(Capacity * SentControl.MaxBytes, pinned: true);
    private readonly byte[] _names = GC.AllocateArray<byte>(Capacity * NativeSocketAddress.MaxBytes, pinned: true);
    private readonly int[] _datagrams = new int[Capacity];

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    /// <summary>Datagrams of a message.</summary>
    public int DatagramsOf(int message) => _datagrams[message];

    /// <summary>Adds a message.</summary>
    /// <param name="bytes">Start of the buffer, which stays where it is until everything is sent.</param>
    /// <param name="run">Datagrams to one peer from one address, back to back, of one size; the last may be shorter.</param>
    /// <param name="named">Whether the message names its receiver: a connected socket knows it.</param>
    /// <param name="sourced">Whether it names its source address, if that is known: a socket for one address has no choice.</param>
    /// <param name="ipv6">Family of the socket.</param>
    public void Add(byte* bytes, ReadOnlySpan<OutgoingDatagram> run, bool named, bool sourced, bool ipv6)
    {
        OutgoingDatagram first = run[0];
        OutgoingDatagram last = run[^1];
        int i = Count++;
        _datagrams[i] = run.Length;
        _vectors[i] = new IoVector { Start = bytes + first.Offset, Length = (nuint)(last.Offset + last.Length - first.Offset) };
        ref MessageHeader header = ref _headers[i].Header;
        header = default;
        header.Vectors = (IoVector*)Unsafe.AsPointer(ref _vectors[i]);
        header.VectorCount = 1;
        if (named)
        {
            Span<byte> name = _names.AsSpan(i * NativeSocketAddress.MaxBytes, NativeSocketAddress.MaxBytes);
            header.Name = (byte*)Unsafe.AsPointer(ref name[0]);
            header.NameLength = (uint)NativeSocketAddress.Write(first.To, ipv6, name);
        }

        Span<byte> control = _controls.AsSpan(i * SentControl.MaxBytes, SentControl.MaxBytes);
        int controlBytes = run.Length > 1 ? SentControl.WriteSegment(first.Length, control) : 0;
        if (sourced && first.From != default)
        {
            controlBytes += SentControl.WriteSource(first.From, ipv6, control[controlBytes..]);
        }

        if (controlBytes > 0)
        {
            header.Control = Unsafe.AsPointer(ref control[0]);
            header.ControlLength = (nuint)controlBytes;
        }
    }

    /// <summary>Sends messages, from one on.</summary>
    /// <returns>How many have left; -1: the first of them has not, and <see cref="Errno.Last"/> says why.</returns>
    public int Send(int fd, int from)
    {
        var header = (MultiMessage*)Unsafe.AsPointer(ref _headers[from]);
        int count = Count - from;
        return count > 1 ? SendMultiple(fd, header, (uint)count, MsgNoSignal)
            : SendMessage(fd, &header->Header, MsgNoSignal) < 0 ? -1 : 1;
    }
}
