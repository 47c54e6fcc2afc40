using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>UDP by recvmmsg(2), and by UDP GSO (udp(7), UDP_SEGMENT) for runs of datagrams of one size to one peer.</summary>
internal sealed unsafe class LinuxDatagramSocket : DatagramSocket
{
    private const int MaxSegments = 64;
    private const int MaxSegmentedBytes = 65_000;

    private readonly int _fd;
    private readonly bool _ipv6;
    private readonly bool _connected;
    private readonly byte[] _headers = GC.AllocateArray<byte>(ReceiveBatch.Capacity * sizeof(MultiMessage), pinned: true);
    private readonly byte[] _vectors = GC.AllocateArray<byte>(ReceiveBatch.Capacity * sizeof(IoVector), pinned: true);
    private readonly byte[] _names = GC.AllocateArray<byte>(ReceiveBatch.Capacity * NativeSocketAddress.MaxBytes, pinned: true);
    private bool _segments;

    private LinuxDatagramSocket(int fd, bool ipv6, bool connected, IPEndPoint local)
    {
        _fd = fd;
        _ipv6 = ipv6;
        _connected = connected;
        LocalEndPoint = local;

        // Kernels from 4.18 know the option; setting it to 0 changes nothing and tells whether this one does.
        _segments = SetOption(fd, IpProtoUdp, UdpSegment, 0) == 0;
    }

    public override nint Handle => _fd;

    public override IPEndPoint LocalEndPoint { get; }

    public static LinuxDatagramSocket Bind(IPEndPoint endPoint, int bufferBytes, bool sharePort)
    {
        bool ipv6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        return Open(ipv6, bufferBytes, connected: false, endPoint.Address, NetworkAddress.From(endPoint), fd =>
        {
            if (sharePort)
            {
                Errno.Check(SetOption(fd, SolSocket, SoReusePort, 1));
            }

            if (ipv6)
            {
                Errno.Check(SetOption(fd, IpProtoIpv6, Ipv6V6Only, endPoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1));
            }
        });
    }

    public static LinuxDatagramSocket Connect(in NetworkAddress address, int bufferBytes) =>
        Open(!address.IsIPv4, bufferBytes, connected: true, address.IsIPv4 ? IPAddress.Any : IPAddress.IPv6Any, address, _ => { });

    public override int Receive(ReceiveBatch batch)
    {
        var headers = (MultiMessage*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_headers));
        var vectors = (IoVector*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_vectors));
        byte* names = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_names));
        byte* slots = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(batch.Buffer));
        for (int i = 0; i < ReceiveBatch.Capacity; i++)
        {
            vectors[i] = new IoVector { Start = slots + (i * ReceiveBatch.SlotBytes), Length = ReceiveBatch.SlotBytes };
            headers[i] = default;
            headers[i].Header.Name = names + (i * NativeSocketAddress.MaxBytes);
            headers[i].Header.NameLength = NativeSocketAddress.MaxBytes;
            headers[i].Header.Vectors = vectors + i;
            headers[i].Header.VectorCount = 1;
        }

        int count = ReceiveMultiple(_fd, headers, ReceiveBatch.Capacity, 0, null);
        if (count < 0)
        {
            KeepRefusal();
        }

        for (int i = 0; i < count; i++)
        {
            batch.Lengths[i] = (int)headers[i].Length;
            batch.Senders[i] = NativeSocketAddress.Read(new ReadOnlySpan<byte>(names + (i * NativeSocketAddress.MaxBytes), NativeSocketAddress.MaxBytes));
        }

        return Math.Max(0, count);
    }

    public override void Send(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        while (datagrams.Length > 0)
        {
            int run = _segments ? RunLength(datagrams) : 1;
            if (!SendRun(buffer, datagrams[..run]) && run > 1)
            {
                // A route or a device that cannot segment: from here on one by one.
                _segments = false;
                continue;
            }

            datagrams = datagrams[run..];
        }
    }

    public override SocketError TakeError()
    {
        int error;
        int length = sizeof(int);
        return GetSocketOption(_fd, SolSocket, SoError, &error, &length) < 0 ? SocketError.SocketError : Errno.ToSocketError(error);
    }

    public override void Close() => _ = NativeMethods.Close(_fd);

    /// <summary>Datagrams from the first on that go to one peer and are of one size; the last may be shorter.</summary>
    private static int RunLength(ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        OutgoingDatagram first = datagrams[0];
        int bytes = first.Length;
        int count = 1;
        while (count < datagrams.Length && count < MaxSegments)
        {
            OutgoingDatagram next = datagrams[count];
            if (next.Length > first.Length || bytes + next.Length > MaxSegmentedBytes || next.To != first.To)
            {
                break;
            }

            count++;
            bytes += next.Length;
            if (next.Length < first.Length)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>False where the kernel refused the form, rather than this moment.</summary>
    private bool SendRun(byte[] buffer, ReadOnlySpan<OutgoingDatagram> run)
    {
        OutgoingDatagram first = run[0];
        OutgoingDatagram last = run[^1];
        byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
        ControlMessage control = default;
        fixed (byte* start = &buffer[first.Offset])
        {
            IoVector vector = new() { Start = start, Length = (nuint)(last.Offset + last.Length - first.Offset) };
            MessageHeader header = new() { Vectors = &vector, VectorCount = 1 };
            if (!_connected)
            {
                header.Name = name;
                header.NameLength = (uint)NativeSocketAddress.Write(first.To, _ipv6, new Span<byte>(name, NativeSocketAddress.MaxBytes));
            }

            if (run.Length > 1)
            {
                control = new ControlMessage { Length = ControlMessage.UsedBytes, Level = IpProtoUdp, Type = UdpSegment, SegmentBytes = (ushort)first.Length };
                header.Control = &control;
                header.ControlLength = (nuint)sizeof(ControlMessage);
            }

            if (SendMessage(_fd, &header, MsgNoSignal) >= 0)
            {
                return true;
            }

            KeepRefusal();
            return Errno.Last is not (Errno.EINVAL or Errno.EIO or Errno.EOPNOTSUPP or Errno.EMSGSIZE);
        }
    }

    /// <summary>A refusal is the answer to a datagram sent before; whichever call comes next takes it from the system.</summary>
    private void KeepRefusal()
    {
        if (_connected && Errno.Last == Errno.ECONNREFUSED)
        {
            Failure = SocketError.ConnectionRefused;
        }
    }

    private static LinuxDatagramSocket Open(
        bool ipv6, int bufferBytes, bool connected, IPAddress local, in NetworkAddress address, Action<int> prepare)
    {
        int fd = NativeMethods.Socket(ipv6 ? AfInet6 : AfInet, SockDatagram | SockNonblock | SockCloexec, 0);
        Errno.Check(fd);
        try
        {
            if (DescriptorReserve.Contains(fd))
            {
                throw Errno.ToException(Errno.EMFILE);
            }

            // As much as the system grants (net.core.rmem_max): a burst waits here while the loop is busy.
            _ = SetOption(fd, SolSocket, SoReceiveBuffer, bufferBytes);
            _ = SetOption(fd, SolSocket, SoSendBuffer, bufferBytes);
            prepare(fd);
            byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
            int length = NativeSocketAddress.Write(address, ipv6, new Span<byte>(name, NativeSocketAddress.MaxBytes));
            Errno.Check(connected ? NativeMethods.Connect(fd, name, length) : NativeMethods.Bind(fd, name, length));
            length = NativeSocketAddress.MaxBytes;
            Errno.Check(GetSocketName(fd, name, &length));
            ushort port = NativeSocketAddress.Read(new ReadOnlySpan<byte>(name, NativeSocketAddress.MaxBytes)).Port;
            return new LinuxDatagramSocket(fd, ipv6, connected, new IPEndPoint(local, port));
        }
        catch
        {
            _ = NativeMethods.Close(fd);
            throw;
        }
    }
}
