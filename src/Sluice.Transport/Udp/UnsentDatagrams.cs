using System.Runtime.InteropServices;
using Sluice.Transport.Loop;

namespace Sluice.Transport.Udp;

/// <summary>
/// Datagrams that a full socket did not take, in their order, until it takes them. Bounded in bytes; it holds no memory while it is empty.
/// </summary>
internal sealed class UnsentDatagrams(DatagramSocket socket, BufferPool buffers, int maxBytes)
{
    /// <summary>
    /// What a datagram counts beside its payload, so that many small ones are bounded too: about the size of its entry in the list.
    /// </summary>
    private const int EntryBytes = 64;

    private readonly Queue<Chunk> _chunks = new();
    private Chunk? _last;
    private Chunk? _spare;
    private int _bytes;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _chunks.Count == 0;

    /// <summary>Copies datagrams to the end of the queue, as many as fit.</summary>
    /// <returns>How many were kept; the others do not fit.</returns>
    public int Keep(byte[] buffer, ReadOnlySpan<OutgoingDatagram> datagrams)
    {
        int kept = 0;
        foreach (OutgoingDatagram datagram in datagrams)
        {
            if (_bytes + datagram.Length + EntryBytes > maxBytes || datagram.Length > buffers.BufferBytes)
            {
                break;
            }

            Chunk chunk = _last is { } last && last.Used + datagram.Length <= buffers.BufferBytes ? last : AddChunk();
            buffer.AsSpan(datagram.Offset, datagram.Length).CopyTo(chunk.Bytes.AsSpan(chunk.Used));
            chunk.Datagrams.Add(datagram with { Offset = chunk.Used });
            chunk.Used += datagram.Length;
            _bytes += datagram.Length + EntryBytes;
            kept++;
        }

        return kept;
    }

    /// <summary>Sends what waits, as far as the socket takes it.</summary>
    public void Send()
    {
        while (_chunks.TryPeek(out Chunk? chunk))
        {
            Span<OutgoingDatagram> waiting = CollectionsMarshal.AsSpan(chunk.Datagrams)[chunk.Sent..];
            int sent = socket.Send(chunk.Bytes, waiting);
            foreach (OutgoingDatagram datagram in waiting[..sent])
            {
                _bytes -= datagram.Length + EntryBytes;
            }

            chunk.Sent += sent;
            if (sent < waiting.Length)
            {
                return;
            }

            RemoveChunk();
        }
    }

    /// <summary>Forgets what waits.</summary>
    public void Clear()
    {
        while (_chunks.Count > 0)
        {
            RemoveChunk();
        }

        (_bytes, _spare) = (0, null);
    }

    private Chunk AddChunk()
    {
        _last = _spare ?? new Chunk();
        _spare = null;
        _last.Bytes = buffers.Rent();
        _chunks.Enqueue(_last);
        return _last;
    }

    private void RemoveChunk()
    {
        Chunk chunk = _chunks.Dequeue();
        buffers.Return(chunk.Bytes);
        chunk.Bytes = [];
        chunk.Datagrams.Clear();
        (chunk.Used, chunk.Sent) = (0, 0);
        _spare = chunk;
        _last = _chunks.Count > 0 ? _last : null;
    }

    private sealed class Chunk
    {
        public byte[] Bytes { get; set; } = [];

        public List<OutgoingDatagram> Datagrams { get; } = [];

        public int Used { get; set; }

        public int Sent { get; set; }
    }
}
