using Sluice.Kcp;

namespace Sluice.Transport.Udp;

/// <summary>Gathers the datagrams of a turn back to back, so that runs to one peer can leave in one system call.</summary>
/// <remarks>
/// All batches of a thread use the same room, since a dialled session has a socket of its own: each is filled and flushed before another
/// one begins. What a full socket does not take is kept, so that a burst larger than its buffer is spread over the next milliseconds and
/// not lost until KCP's timeouts.
/// </remarks>
/// <param name="socket">Sends.</param>
/// <param name="unsent">Keeps what the socket does not take.</param>
internal sealed class SendBatch(DatagramSocket socket, UnsentDatagrams unsent) : IKcpOutput
{
    private const int BufferBytes = 64 * 1024;
    private const int MaxDatagrams = 128;

    [ThreadStatic]
    private static byte[]? _threadBuffer;

    [ThreadStatic]
    private static OutgoingDatagram[]? _threadDatagrams;

    private readonly byte[] _buffer = _threadBuffer ??= GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly OutgoingDatagram[] _datagrams = _threadDatagrams ??= new OutgoingDatagram[MaxDatagrams];
    private int _used;
    private int _count;

    /// <summary>The receiver of what is committed next.</summary>
    public NetworkAddress To { get; set; }

    /// <summary>The local address that is sent from, if the socket serves all; default: the system chooses.</summary>
    public NetworkAddress From { get; set; }

    /// <summary>Datagrams dropped so far, because the socket was full and so was what keeps the rest.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether datagrams wait for the socket to take more: call <see cref="SendKept"/> once it does.</summary>
    public bool IsBlocked => !unsent.IsEmpty;

    public Span<byte> GetDatagram(int size)
    {
        if (_count == MaxDatagrams || _used + size > BufferBytes)
        {
            Flush();
        }

        return _buffer.AsSpan(_used, size);
    }

    public void Commit(Span<byte> datagram)
    {
        _datagrams[_count++] = new OutgoingDatagram(To, _used, datagram.Length, From);
        _used += datagram.Length;
    }

    /// <summary>Sends what was committed. What the socket does not take waits after what waits already.</summary>
    public void Flush()
    {
        if (_count > 0)
        {
            Span<OutgoingDatagram> datagrams = _datagrams.AsSpan(0, _count);
            (_count, _used) = (0, 0);
            int sent = unsent.IsEmpty ? socket.Send(_buffer, datagrams) : 0;
            if (sent < datagrams.Length)
            {
                int kept = unsent.Keep(_buffer, datagrams[sent..]);
                Dropped += datagrams.Length - sent - kept;
            }
        }
    }

    /// <summary>Sends what was kept, as far as the socket takes it.</summary>
    public void SendKept() => unsent.Send();
}
