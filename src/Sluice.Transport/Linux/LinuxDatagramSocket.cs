using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Udp;
using static Sluice.Transport.Linux.NativeMethods;

namespace Sluice.Transport.Linux;

/// <summary>UDP by direct system calls, as <see cref="LinuxSocketPlatform.UdpBatching"/> says.</summary>
/// <remarks>What can be shared lies with the loop, since every dialled session has a socket of its own.</remarks>
internal sealed unsafe class LinuxDatagramSocket : DatagramSocket
{
    /// <summary>Most segments of a run that every kernel takes.</summary>
    private const int MaxSegments = 64;

    private const int MaxSegmentedBytes = 65_000;

    /// <summary>This many datagrams at once are a sign of a transfer, which justifies a system call to have them joined.</summary>
    private const int TransferDatagrams = 4;

    /// <summary>Errors of sends before that a receive takes at most; each is reported once.</summary>
    private const int MaxErrors = 4;

    private readonly LinuxSocketPlatform _platform;
    private readonly bool _ipv6;
    private readonly bool _connected;
    private int _fd;
    private IPEndPoint? _local;
    private bool _segments;

    /// <summary>Whether it serves all addresses of the machine, and the system reports which one a datagram was sent to.</summary>
    private bool _tellsLocal;

    /// <summary>Whether the system joins what it receives. A dialled session has that set up once it proves useful.</summary>
    private bool _joins;

    /// <summary>What is to be removed from <see cref="UdpPorts"/> with the socket.</summary>
    private UdpPath? _path;

    /// <summary>What the send buffer is to grow to once it is full; 0 if it has its size.</summary>
    private int _sendBufferBytes;

    private LinuxDatagramSocket(LinuxSocketPlatform platform, int fd, bool ipv6, bool connected)
    {
        _platform = platform;
        _fd = fd;
        _ipv6 = ipv6;
        _connected = connected;
        _segments = platform.UdpBatching.SendOffload;
    }

    public override nint Handle => _fd;

    public override IPEndPoint LocalEndPoint => _local ??= ReadName();

    public static LinuxDatagramSocket Bind(LinuxSocketPlatform platform, IPEndPoint endPoint, int bufferBytes, bool sharePort)
    {
        bool ipv6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        int fd = Open(ipv6);
        try
        {
            // A burst waits here while the loop is busy, or while the network takes less than the loop sends.
            SetBuffer(fd, SoReceiveBufferForce, SoReceiveBuffer, bufferBytes);
            SetBuffer(fd, SoSendBufferForce, SoSendBuffer, bufferBytes);
            if (sharePort)
            {
                Errno.Check(SetOption(fd, SolSocket, SoReusePort, 1));
            }

            if (ipv6)
            {
                Errno.Check(SetOption(fd, IpProtoIpv6, Ipv6V6Only, endPoint.Address.Equals(IPAddress.IPv6Any) ? 0 : 1));
            }

            byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
            int length = NativeSocketAddress.Write(NetworkAddress.From(endPoint), ipv6, new Span<byte>(name, NativeSocketAddress.MaxBytes));
            Errno.Check(NativeMethods.Bind(fd, name, length));
            var socket = new LinuxDatagramSocket(platform, fd, ipv6, connected: false);
            socket._local = new IPEndPoint(endPoint.Address, socket.ReadName().Port);
            socket.JoinReceived();
            socket.AskForLocal();
            return socket;
        }
        catch
        {
            _ = NativeMethods.Close(fd);
            throw;
        }
    }

    public static LinuxDatagramSocket Connect(LinuxSocketPlatform platform, in NetworkAddress address, int bufferBytes)
    {
        bool ipv6 = !address.IsIPv4;
        int fd = Open(ipv6);
        try
        {
            bufferBytes = Math.Min(bufferBytes, OnePeerBufferBytes);
            SetBuffer(fd, SoReceiveBufferForce, SoReceiveBuffer, bufferBytes);
            UdpPath? path = UdpDial.Connect(fd, address, platform.Sources, platform.UdpPorts);
            var socket = new LinuxDatagramSocket(platform, fd, ipv6, connected: true) { _sendBufferBytes = bufferBytes, _path = path };
            if (NetworkAddress.From(socket.ReadName()) != address)
            {
                return socket;
            }

            socket.ForgetPath();
            throw ConnectedToItself();
        }
        catch
        {
            _ = NativeMethods.Close(fd);
            throw;
        }
    }

    public override bool Receive(ReceiveBatch batch)
    {
        var received = (LinuxReceiveBatch)batch;
        int errno;
        int errors = 0;
        do
        {
            // The answer to a datagram sent before hides what waits after it, which no further event would report.
            errno = received.Receive(_fd);
            KeepRefusal(errno);
        }
        while (errno != Errno.EAGAIN && batch.Filled == 0 && ++errors < MaxErrors);

        if (batch.Count >= TransferDatagrams && !_joins)
        {
            JoinReceived();
        }

        return errno != Errno.EAGAIN && batch.Filled > 0;
    }

    public override (int Receive, int Send) BufferBytes => (GrantedBytes(SoReceiveBuffer), GrantedBytes(SoSendBuffer));

    public override int Send(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        OutgoingMessages messages = _platform.Outgoing;
        int given = datagrams.Length;
        int singly = 0;
        fixed (byte* bytes = buffer)
        {
            while (datagrams.Length > 0)
            {
                Gather(messages, bytes, datagrams, singly);
                bool hasRoom = SendGathered(messages, out int done, out int refused);
                datagrams = datagrams[done..];
                if (!hasRoom)
                {
                    break;
                }

                singly = refused > 0 ? refused : Math.Max(0, singly - done);
            }
        }

        return given - datagrams.Length;
    }

    public override SocketError TakeError() => NativeMethods.TakeError(_fd);

    public override void SharePort() => Errno.Check(SetOption(_fd, SolSocket, SoReusePort, 1));

    public override void Close()
    {
        ForgetPath();
        _ = NativeMethods.Close(_fd);
        _fd = -1;
    }

    /// <summary>Puts as many datagrams into messages as one call takes.</summary>
    /// <param name="messages">What is filled.</param>
    /// <param name="bytes">Holds the datagrams.</param>
    /// <param name="datagrams">One at least.</param>
    /// <param name="singly">Number of the first ones that are a run that was rejected: each is a message of its own.</param>
    private void Gather(OutgoingMessages messages, byte* bytes, ReadOnlySpan<OutgoingDatagram> datagrams, int singly)
    {
        int capacity = _platform.UdpBatching.SendBatches ? OutgoingMessages.Capacity : 1;
        int gathered = 0;
        messages.Clear();
        while (gathered < datagrams.Length && messages.Count < capacity)
        {
            int run = _segments && gathered >= singly ? RunLength(datagrams[gathered..]) : 1;
            messages.Add(bytes, datagrams.Slice(gathered, run), named: !_connected, sourced: _tellsLocal, _ipv6);
            gathered += run;
        }
    }

    /// <summary>Sends the messages up to the first that is to be sent in another form.</summary>
    /// <param name="messages">One at least.</param>
    /// <param name="done">Datagrams sent or lost.</param>
    /// <param name="refused">Datagrams of the run after them that the system rejected as a run; 0 if there is none.</param>
    /// <returns>False if there is no room for anything more.</returns>
    private bool SendGathered(OutgoingMessages messages, out int done, out int refused)
    {
        (done, refused) = (0, 0);
        for (int next = 0; next < messages.Count;)
        {
            // At least one is dealt with: a failure is that of the first, and what was to follow is tried anew.
            int sent = messages.Send(_fd, next);
            if (sent < 0)
            {
                int errno = Errno.Last;
                if (errno == Errno.EAGAIN)
                {
                    if (GrowSendBuffer())
                    {
                        continue;
                    }

                    return false;
                }

                if (messages.DatagramsOf(next) > 1 && IsRefusalOfRun(errno))
                {
                    refused = messages.DatagramsOf(next);
                    return true;
                }

                KeepRefusal(errno);
            }

            for (int end = next + Math.Max(1, sent); next < end; next++)
            {
                done += messages.DatagramsOf(next);
            }
        }

        return true;
    }

    /// <summary>Datagrams from the first on that go to one peer from one address and are of one size; the last may be shorter.</summary>
    private static int RunLength(ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        OutgoingDatagram first = datagrams[0];
        int bytes = first.Length;
        int count = 1;
        while (count < datagrams.Length && count < MaxSegments)
        {
            OutgoingDatagram next = datagrams[count];
            if (next.Length > first.Length || next.Length == 0 || bytes + next.Length > MaxSegmentedBytes
                || next.Offset != first.Offset + bytes || next.To != first.To || next.From != first.From)
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

    /// <summary>Whether the system rejects the form, and not only at this moment.</summary>
    private bool IsRefusalOfRun(int errno)
    {
        switch (errno)
        {
            case Errno.EIO or Errno.EOPNOTSUPP:
                // A device or a route that cannot segment: it will not learn to.
                _segments = false;
                return true;
            case Errno.EINVAL or Errno.EMSGSIZE:
                // These are too long for this peer's path, which may cut single ones: no reason to give up runs to others.
                return true;
            default:
                return false;
        }
    }

    /// <summary>A refusal is the answer to a datagram sent before; whichever call comes next takes it from the system.</summary>
    private void KeepRefusal(int errno)
    {
        if (_connected && errno == Errno.ECONNREFUSED)
        {
            Failure = SocketError.ConnectionRefused;
        }
    }

    /// <summary>A dialled session that fills the system's usual buffer gets a larger one, once.</summary>
    private bool GrowSendBuffer()
    {
        int bytes = _sendBufferBytes;
        _sendBufferBytes = 0;
        return bytes > 0 && SetBuffer(_fd, SoSendBufferForce, SoSendBuffer, bytes);
    }

    /// <summary>
    /// Sets a buffer size beyond the system's limit (net.core.rmem_max, wmem_max) if the process may (CAP_NET_ADMIN), else up to it.
    /// </summary>
    private static bool SetBuffer(int fd, int forced, int limited, int bytes) =>
        SetOption(fd, SolSocket, forced, bytes) == 0 || SetOption(fd, SolSocket, limited, bytes) == 0;

    /// <summary>The kernel doubles what it is asked for, to have room for its own bookkeeping (socket(7)).</summary>
    private int GrantedBytes(int option)
    {
        int bytes;
        int length = sizeof(int);
        return GetSocketOption(_fd, SolSocket, option, &bytes, &length) == 0 ? bytes / 2 : 0;
    }

    /// <summary>Has the system join datagrams, if it may.</summary>
    private void JoinReceived()
    {
        _joins = true;
        if (_platform.UdpBatching.ReceiveOffload)
        {
            _ = SetOption(_fd, IpProtoUdp, UdpGro, 1);
        }
    }

    /// <summary>An answer is to leave from the address that the client knows, which of several the route need not name.</summary>
    private void AskForLocal()
    {
        if (LocalEndPoint.Address.Equals(_ipv6 ? IPAddress.IPv6Any : IPAddress.Any))
        {
            // In IPv6's form IPv4 addresses are reported too, mapped.
            _tellsLocal = (_ipv6 ? SetOption(_fd, IpProtoIpv6, Ipv6ReceivePacketInfo, 1) : SetOption(_fd, IpProtoIp, IpPacketInfo, 1)) == 0;
        }
    }

    private void ForgetPath()
    {
        if (_path is { } path)
        {
            _path = null;
            _platform.UdpPorts.Remove(path);
        }
    }

    private IPEndPoint ReadName()
    {
        byte* name = stackalloc byte[NativeSocketAddress.MaxBytes];
        int length = NativeSocketAddress.MaxBytes;
        Errno.Check(GetSocketName(_fd, name, &length));
        return NativeSocketAddress.Read(new ReadOnlySpan<byte>(name, NativeSocketAddress.MaxBytes)).ToIPEndPoint();
    }

    private static int Open(bool ipv6)
    {
        int fd = NativeMethods.Socket(ipv6 ? AfInet6 : AfInet, SockDatagram | SockNonblock | SockCloexec, 0);
        Errno.Check(fd);
        if (DescriptorReserve.Contains(fd))
        {
            _ = NativeMethods.Close(fd);
            throw Errno.ToException(Errno.EMFILE);
        }

        return fd;
    }
}
