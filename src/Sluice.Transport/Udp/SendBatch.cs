using Sluice.Kcp;

namespace Sluice.Transport.Udp;

/// <summary>Gathers the datagrams of a turn back to back, so that runs to one peer can leave in one system call.</summary>
/// <remarks>
/// All batches of a thread use the same room, since a dialled session has a socket of its own: each is filled and flushed before another one begins.
/// </remarks>
internal sealed class SendBatch(DatagramSocket socket) : IKcpOutput
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

    /// <summary>Who gets what is committed next.</summary>
    public NetworkAddress To { get; set; }

    /// <summary>Which of this machine's addresses that leaves from, where the socket serves all; default: the system chooses.</summary>
    public NetworkAddress From { get; set; }

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

    public void Flush()
    {
        if (_count > 0)
        {
            socket.Send(_buffer, _datagrams.AsSpan(0, _count));
            (_count, _used) = (0, 0);
        }
    }
}
