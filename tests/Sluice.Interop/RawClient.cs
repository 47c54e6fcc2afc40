using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Interop;

/// <summary>A C-style client on a raw socket. It sends hand-made segments, acknowledges received ones and keeps every datagram.</summary>
internal sealed class RawClient : IDisposable
{
    private const ushort Window = 128;

    /// <summary>No datagram is lost here, so nothing takes long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly SortedDictionary<uint, byte[]> _ahead = [];
    private readonly MemoryStream _stream = new();
    private readonly uint _conv;
    private uint _nextToSend;
    private uint _nextExpected;

    public RawClient(IPEndPoint gateway, uint conv)
    {
        _conv = conv;
        _socket.ReceiveBufferSize = 1 << 20;
        _socket.Connect(gateway);
    }

    /// <summary>Whether segments follow kcp-go's FEC header. Parity is never sent.</summary>
    public bool Fec { get; init; }

    /// <summary>Sequence number of the next datagram with a FEC header.</summary>
    public uint FecSequence { get; set; }

    /// <summary>Datagrams of the gateway, in order of arrival.</summary>
    public List<byte[]> Datagrams { get; } = [];

    /// <summary>The gateway's highest una, the number of this client's segments that it has received.</summary>
    public uint Acknowledged { get; private set; }

    /// <summary>Bytes that have arrived but have not been received yet.</summary>
    public int Waiting => _socket.Available;

    public void SendRaw(ReadOnlySpan<byte> datagram) => _socket.Send(datagram);

    /// <summary>Sends segments in one datagram.</summary>
    public void Send(params WireSegment[] segments)
    {
        byte[] bytes = [.. segments.SelectMany(Segments.Write)];
        if (Fec)
        {
            byte[] header = new byte[Segments.FecHeaderBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(header, FecSequence++);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 0xf1);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), (ushort)(bytes.Length + 2));
            bytes = [.. header, .. bytes];
        }

        _socket.Send(bytes);
    }

    /// <summary>Returns the next data segment.</summary>
    public WireSegment Push(ReadOnlySpan<byte> payload, int fragment = 0) =>
        new(_conv, Segments.Push, (byte)fragment, Window, 5, _nextToSend++, _nextExpected, payload.ToArray());

    /// <summary>Receives one datagram, keeps its data and acknowledges it.</summary>
    public async Task<List<WireSegment>> ReceiveAsync()
    {
        byte[] buffer = new byte[2048];
        int count = await _socket.ReceiveAsync(buffer).WaitAsync(Patience);
        Datagrams.Add(buffer[..count]);
        if (Segments.KindOf(buffer.AsSpan(0, count)) == DatagramKind.FecParity)
        {
            return [];
        }

        List<WireSegment> segments = Segments.Read(buffer.AsSpan(0, count));
        var acks = new List<WireSegment>();
        foreach (WireSegment segment in segments)
        {
            Assert.Equal(_conv, segment.Conv);
            Acknowledged = Math.Max(Acknowledged, segment.Una);
            if (segment.Command == Segments.Push)
            {
                Take(segment);
                acks.Add(new WireSegment(_conv, Segments.Ack, 0, Window, segment.Timestamp, segment.Sequence, _nextExpected, []));
            }
        }

        if (acks.Count > 0)
        {
            Send([.. acks]);
        }

        return segments;
    }

    /// <summary>Receives exactly this many bytes of the gateway's stream.</summary>
    public async Task<byte[]> ReceiveBytesAsync(int count)
    {
        while (_stream.Length < count)
        {
            await ReceiveAsync();
        }

        byte[] all = _stream.ToArray();
        _stream.SetLength(0);
        _stream.Write(all.AsSpan(count));
        return all[..count];
    }

    /// <summary>Receives until the gateway has acknowledged every segment made with <see cref="Push"/>.</summary>
    public async Task ReceiveAcknowledgementsAsync()
    {
        while (Acknowledged < _nextToSend)
        {
            await ReceiveAsync();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _stream.Dispose();
    }

    private void Take(WireSegment segment)
    {
        if (segment.Sequence >= _nextExpected)
        {
            _ahead[segment.Sequence] = segment.Payload;
        }

        while (_ahead.Remove(_nextExpected, out byte[]? payload))
        {
            _stream.Write(payload);
            _nextExpected++;
        }
    }
}
