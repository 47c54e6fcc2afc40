using System.Net;
using System.Net.Sockets;

namespace Sluice.Transport.Udp;

/// <summary>A non-blocking UDP socket that moves datagrams in batches.</summary>
internal abstract class DatagramSocket
{
    /// <summary>
    /// Most bytes of socket buffer, each way, of a socket with one peer: some hundred datagrams, more than a usual window.
    /// </summary>
    protected const int OnePeerBufferBytes = 1024 * 1024;

    /// <summary>The descriptor that a poller watches.</summary>
    public abstract nint Handle { get; }

    /// <summary>The local address; the port is the real one even if 0 was asked for.</summary>
    public abstract IPEndPoint LocalEndPoint { get; }

    /// <summary>Takes waiting datagrams, as many as fit.</summary>
    /// <param name="batch">A batch of the same platform. Its content is replaced.</param>
    /// <returns>True if more may wait. False: the poller reports what arrives from now on.</returns>
    public abstract bool Receive(ReceiveBatch batch);

    /// <summary>
    /// Sends datagrams until the socket's buffer is full. One that can never leave (no route, too long) is lost, as datagrams get lost.
    /// </summary>
    /// <param name="buffer">Holds them.</param>
    /// <param name="datagrams">Their places in the buffer, and their receivers.</param>
    /// <returns>How many, from the first on, were sent or lost. If fewer than given, the poller reports when the socket takes
    /// more.</returns>
    public abstract int Send(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams);

    /// <summary>Buffer bytes that the system granted, which may be less than asked for.</summary>
    public abstract (int Receive, int Send) BufferBytes { get; }

    /// <summary>
    /// A failure that a send or a receive has met, of a socket that is connected. The call took it from the system, which will not report
    /// it again.
    /// </summary>
    public SocketError Failure { get; protected set; }

    /// <summary>
    /// The pending error, for a socket that is connected: <see cref="SocketError.ConnectionRefused"/> if nobody listens there.
    /// </summary>
    public abstract SocketError TakeError();

    /// <summary>
    /// Lets further sockets of this user join the port. Only a socket that was bound without sharing is sure to have the port for itself,
    /// so the first one of a group is bound that way and calls this afterwards.
    /// </summary>
    /// <exception cref="NotSupportedException">The system cannot spread datagrams over several sockets.</exception>
    public virtual void SharePort() => throw new NotSupportedException();

    public abstract void Close();

    /// <summary>
    /// Nobody listens: the system chose the very port that was dialled as the local one, so the socket would hear itself.
    /// </summary>
    protected static SocketException ConnectedToItself() => new((int)SocketError.ConnectionRefused);
}

/// <summary>A datagram in a send buffer.</summary>
/// <param name="To">The receiver.</param>
/// <param name="Offset">Its first byte in the buffer.</param>
/// <param name="Length">Bytes of it.</param>
/// <param name="From">The local address it is sent from, if the socket serves all; default: the system chooses.</param>
internal readonly record struct OutgoingDatagram(NetworkAddress To, int Offset, int Length, NetworkAddress From = default);
