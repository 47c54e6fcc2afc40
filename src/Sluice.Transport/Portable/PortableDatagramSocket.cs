using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Portable;

/// <summary>UDP by the framework's <see cref="Socket"/>: one call per datagram.</summary>
internal sealed class PortableDatagramSocket : DatagramSocket
{
    /// <summary>Reads an address of either family out of the system's form.</summary>
    private static readonly IPEndPoint SenderForm = new(IPAddress.Any, 0);

    private readonly Socket _socket;

    /// <summary>The only peer, if it is connected; then no other address need be read or written.</summary>
    private readonly NetworkAddress _peer;
    private readonly bool _connected;
    private readonly SocketAddress? _sender;
    private IPEndPoint? _local;
    private NetworkAddress _lastTo;
    private SocketAddress? _lastAddress;

    private PortableDatagramSocket(Socket socket, NetworkAddress? peer)
    {
        _socket = socket;
        _connected = peer is not null;
        _peer = peer.GetValueOrDefault();
        if (!_connected)
        {
            _sender = new SocketAddress(socket.AddressFamily);
            _local = (IPEndPoint)socket.LocalEndPoint!;
        }
    }

    public override nint Handle => _socket.Handle;

    public override IPEndPoint LocalEndPoint => _local ??= (IPEndPoint)_socket.LocalEndPoint!;

    public static PortableDatagramSocket Bind(
        IPEndPoint endPoint, int bufferBytes) => Open(endPoint.AddressFamily, bufferBytes, peer: null, socket =>
    {
        if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
        }

        socket.Bind(endPoint);
    });

    public static PortableDatagramSocket Connect(in NetworkAddress address, SourceAddresses sources, int bufferBytes)
    {
        for (int left = Math.Max(1, sources.CountFor(address)); ; left--)
        {
            try
            {
                return Connect(address, sources.Next(address), bufferBytes);
            }
            catch (SocketException failure) when (PortableSocketPlatform.IsOutOfPorts(failure))
            {
                PortableSocketPlatform.ThrowIfLast(left);
            }
        }
    }

    public override bool Receive(ReceiveBatch batch)
    {
        batch.Clear();
        while (!batch.IsFull && TryReceive(batch))
        {
        }

        return batch.IsFull;
    }

    public override (int Receive, int Send) BufferBytes
    {
        get
        {
            // Linux doubles what it is asked for, to have room for its own bookkeeping, and says so when it is read.
            int factor = OperatingSystem.IsLinux() ? 2 : 1;
            return (_socket.ReceiveBufferSize / factor, _socket.SendBufferSize / factor);
        }
    }

    public override int Send(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        for (int i = 0; i < datagrams.Length; i++)
        {
            OutgoingDatagram datagram = datagrams[i];
            Span<byte> bytes = buffer.AsSpan(datagram.Offset, datagram.Length);
            try
            {
                _ = _connected ? _socket.Send(bytes) : _socket.SendTo(bytes, SocketFlags.None, Address(datagram.To));
            }
            catch (SocketException full) when (full.SocketErrorCode == SocketError.WouldBlock)
            {
                return i;
            }
            catch (SocketException failure)
            {
                // A peer that refuses, or no way to it: lost, as datagrams get lost.
                TryKeep(failure.SocketErrorCode);
            }
        }

        return datagrams.Length;
    }

    public override SocketError TakeError() =>
        (SocketError)(int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;

    public override void Close() => _socket.Dispose();

    private static PortableDatagramSocket Connect(in NetworkAddress address, NetworkAddress source, int bufferBytes)
    {
        IPEndPoint remote = address.ToIPEndPoint();
        return Open(remote.AddressFamily, Math.Min(bufferBytes, OnePeerBufferBytes), address, socket =>
        {
            if (!SourceAddresses.IsUnbound(source))
            {
                socket.Bind(source.ToIPEndPoint());
            }

            socket.Connect(remote);
            if (remote.Equals(socket.LocalEndPoint))
            {
                throw ConnectedToItself();
            }
        });
    }

    private static PortableDatagramSocket Open(AddressFamily family, int bufferBytes, NetworkAddress? peer, Action<Socket> bind)
    {
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.ReceiveBufferSize = bufferBytes;
            socket.SendBufferSize = bufferBytes;
            bind(socket);
            return new PortableDatagramSocket(socket, peer);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool TryReceive(ReceiveBatch batch)
    {
        // Asked first: an exception at the end of every burst would be dear.
        if (_socket.Available == 0 && !_socket.Poll(0, SelectMode.SelectRead))
        {
            return false;
        }

        try
        {
            int length = _sender is null
                ? _socket.Receive(batch.NextSlot)
                : _socket.ReceiveFrom(batch.NextSlot, SocketFlags.None, _sender);
            batch.Add(length, segmentBytes: 0, _sender is null ? _peer : NetworkAddress.From((IPEndPoint)SenderForm.Create(_sender)));
            return true;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.MessageSize)
        {
            // Windows says so of a datagram that is longer than the slot.
            batch.Drop();
            return true;
        }
        catch (SocketException failure)
        {
            // A refusal hides the datagrams after it, and is reported once. Otherwise nothing waits after all.
            return TryKeep(failure.SocketErrorCode);
        }
    }

    /// <summary>
    /// Keeps a refusal, and returns true for one. It answers a datagram sent before; the next call takes it from the system.
    /// </summary>
    private bool TryKeep(SocketError error)
    {
        // Windows says ConnectionReset.
        bool refused = _connected && (error is SocketError.ConnectionRefused or SocketError.ConnectionReset);
        if (refused)
        {
            Failure = SocketError.ConnectionRefused;
        }

        return refused;
    }

    /// <summary>The system's form of an address; that of the last one is kept, since datagrams to one peer come in runs.</summary>
    private SocketAddress Address(in NetworkAddress to)
    {
        if (_lastAddress is null || _lastTo != to)
        {
            IPEndPoint endPoint = to.ToIPEndPoint();
            _lastTo = to;
            _lastAddress = (_socket.AddressFamily == AddressFamily.InterNetworkV6 && to.IsIPv4
                ? new IPEndPoint(endPoint.Address.MapToIPv6(), endPoint.Port)
                : endPoint).Serialize();
        }

        return _lastAddress;
    }
}
