using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Portable;

/// <summary>UDP by the framework's <see cref="Socket"/>: one call per datagram.</summary>
internal sealed class PortableDatagramSocket : DatagramSocket
{
    private readonly Socket _socket;
    private readonly bool _connected;
    private readonly SocketAddress _sender;

    private PortableDatagramSocket(Socket socket, bool connected)
    {
        _socket = socket;
        _connected = connected;
        _sender = new SocketAddress(socket.AddressFamily);
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    public override nint Handle => _socket.Handle;

    public override IPEndPoint LocalEndPoint { get; }

    public static PortableDatagramSocket Bind(IPEndPoint endPoint, int bufferBytes) => Open(endPoint.AddressFamily, bufferBytes, connected: false, socket =>
    {
        if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = endPoint.Address.Equals(IPAddress.IPv6Any);
        }

        socket.Bind(endPoint);
    });

    public static PortableDatagramSocket Connect(in NetworkAddress address, int bufferBytes)
    {
        IPEndPoint remote = address.ToIPEndPoint();
        return Open(remote.AddressFamily, bufferBytes, connected: true, socket => socket.Connect(remote));
    }

    public override int Receive(ReceiveBatch batch)
    {
        int count = 0;
        while (count < ReceiveBatch.Capacity && TryReceive(batch.Buffer.AsSpan(count * ReceiveBatch.SlotBytes, ReceiveBatch.SlotBytes), out int length))
        {
            batch.Lengths[count] = length;
            batch.Senders[count] = ReadSender();
            count++;
        }

        return count;
    }

    public override void Send(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        foreach (OutgoingDatagram datagram in datagrams)
        {
            Span<byte> bytes = buffer.AsSpan(datagram.Offset, datagram.Length);
            try
            {
                _ = _connected ? _socket.Send(bytes) : _socket.SendTo(bytes, SocketFlags.None, Address(datagram.To));
            }
            catch (SocketException failure)
            {
                // A full buffer or a peer that refuses: lost, as datagrams get lost.
                Keep(failure.SocketErrorCode);
            }
        }
    }

    public override SocketError TakeError() =>
        (SocketError)(int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;

    public override void Close() => _socket.Dispose();

    private static PortableDatagramSocket Open(AddressFamily family, int bufferBytes, bool connected, Action<Socket> bind)
    {
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            socket.ReceiveBufferSize = bufferBytes;
            socket.SendBufferSize = bufferBytes;
            bind(socket);
            return new PortableDatagramSocket(socket, connected);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool TryReceive(Span<byte> buffer, out int length)
    {
        length = 0;

        // Asked first: an exception at the end of every burst would be dear.
        if (_socket.Available == 0 && !_socket.Poll(0, SelectMode.SelectRead))
        {
            return false;
        }

        try
        {
            length = _socket.ReceiveFrom(buffer, SocketFlags.None, _sender);
            return true;
        }
        catch (SocketException failure)
        {
            Keep(failure.SocketErrorCode);

            // Nothing waits after all, or (Windows) a datagram sent before was refused.
            return false;
        }
    }

    /// <summary>A refusal is the answer to a datagram sent before; whichever call comes next takes it from the system.</summary>
    private void Keep(SocketError error)
    {
        // Windows says ConnectionReset.
        if (_connected && (error is SocketError.ConnectionRefused or SocketError.ConnectionReset))
        {
            Failure = SocketError.ConnectionRefused;
        }
    }

    private NetworkAddress ReadSender() => NetworkAddress.From((IPEndPoint)LocalEndPoint.Create(_sender));

    private SocketAddress Address(in NetworkAddress to)
    {
        IPEndPoint endPoint = to.ToIPEndPoint();
        return (_socket.AddressFamily == AddressFamily.InterNetworkV6 && to.IsIPv4
            ? new IPEndPoint(endPoint.Address.MapToIPv6(), endPoint.Port)
            : endPoint).Serialize();
    }
}
