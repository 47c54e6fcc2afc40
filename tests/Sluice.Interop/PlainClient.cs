using System.Net;
using System.Net.Sockets;

namespace Sluice.Interop;

/// <summary>
/// A client like the C library's, written from the protocol description alone. It uses plain segments, messages in fragments, a window in
/// each direction, one acknowledgement per segment, and retransmission of unacknowledged segments. No FEC, no encryption.
/// </summary>
internal sealed class PlainClient : IDisposable
{
    private const int MaxPayload = 1_376;
    private const int MaxFragments = 20;
    private const int Window = 32;
    private const long ResendMs = 60;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly uint _conv;
    private readonly Queue<(byte[] Payload, int Fragment)> _queue = new();
    private readonly SortedDictionary<uint, InFlight> _inFlight = [];
    private readonly SortedDictionary<uint, byte[]> _ahead = [];
    private readonly List<byte> _stream = [];
    private readonly byte[] _buffer = new byte[2048];
    private uint _nextToSend;
    private uint _nextExpected;
    private int _peerWindow = 1;

    public PlainClient(IPEndPoint gateway, uint conv)
    {
        _conv = conv;
        _socket.Connect(gateway);
    }

    public int Resent { get; private set; }

    /// <summary>Sends messages, receives exactly this many bytes, then keeps answering until <paramref name="until"/> completes.</summary>
    public Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> bytes, int receive, Task? until = null)
    {
        foreach (byte[] message in bytes.ToArray().Chunk(MaxPayload * MaxFragments))
        {
            byte[][] pieces = [.. message.Chunk(MaxPayload)];
            for (int i = 0; i < pieces.Length; i++)
            {
                _queue.Enqueue((pieces[i], pieces.Length - 1 - i));
            }
        }

        return Task.Factory.StartNew(() => Exchange(receive, until), TaskCreationOptions.LongRunning);
    }

    public void Dispose() => _socket.Dispose();

    private byte[] Exchange(int receive, Task? until)
    {
        long giveUp = Environment.TickCount64 + (long)GatewayWorld.Patience.TotalMilliseconds;
        while (_stream.Count < receive || _queue.Count + _inFlight.Count > 0 || until is { IsCompleted: false })
        {
            Assert.True(
                Environment.TickCount64 < giveUp,
                $"{_stream.Count} of {receive} bytes, {_queue.Count} waiting, {_inFlight.Count} in flight");
            SendData();
            var answers = new List<WireSegment>();
            for (bool any = _socket.Poll(10_000, SelectMode.SelectRead); any; any = _socket.Available > 0)
            {
                int count = _socket.Receive(_buffer);
                Assert.Equal(DatagramKind.Plain, Segments.KindOf(_buffer.AsSpan(0, count)));
                Segments.Read(_buffer.AsSpan(0, count)).ForEach(segment => Take(segment, answers));
            }

            foreach (WireSegment[] together in answers.Chunk(40))
            {
                _socket.Send([.. together.SelectMany(Segments.Write)]);
            }
        }

        byte[] received = [.. _stream.Take(receive)];
        _stream.RemoveRange(0, receive);
        return received;
    }

    private void SendData()
    {
        while (_inFlight.Count < Math.Min(Window, Math.Max(1, _peerWindow)) && _queue.TryDequeue(out (byte[] Payload, int Fragment) next))
        {
            _inFlight.Add(_nextToSend++, new InFlight(next.Payload, (byte)next.Fragment));
        }

        long now = Environment.TickCount64;
        foreach ((uint sequence, InFlight one) in _inFlight.Where(pair => pair.Value.SendAt <= now))
        {
            Resent += one.Sends > 0 ? 1 : 0;
            one.Sends++;
            one.SendAt = now + (ResendMs * Math.Min(one.Sends, 5));
            _socket.Send(Segments.Write(Segment(Segments.Push, one.Fragment, (uint)now, sequence, one.Payload)));
        }
    }

    private void Take(WireSegment segment, List<WireSegment> answers)
    {
        Assert.Equal(_conv, segment.Conv);
        _peerWindow = segment.Window;
        foreach (uint sequence in _inFlight.Keys.Where(sequence => sequence < segment.Una).ToArray())
        {
            _inFlight.Remove(sequence);
        }

        switch (segment.Command)
        {
            case Segments.Ack:
                _inFlight.Remove(segment.Sequence);
                break;
            case Segments.Push when segment.Sequence < _nextExpected + Window:
                Keep(segment);
                answers.Add(Segment(Segments.Ack, 0, segment.Timestamp, segment.Sequence, []));
                break;
            case Segments.AskWindow:
                answers.Add(Segment(Segments.TellWindow, 0, 0, 0, []));
                break;
        }
    }

    private void Keep(WireSegment segment)
    {
        if (segment.Sequence >= _nextExpected)
        {
            _ahead[segment.Sequence] = segment.Payload;
        }

        while (_ahead.Remove(_nextExpected, out byte[]? payload))
        {
            _stream.AddRange(payload);
            _nextExpected++;
        }
    }

    private WireSegment Segment(byte command, byte fragment, uint timestamp, uint sequence, byte[] payload) =>
        new(_conv, command, fragment, (ushort)(Window - _ahead.Count), timestamp, sequence, _nextExpected, payload);

    private sealed class InFlight(byte[] payload, byte fragment)
    {
        public byte[] Payload => payload;

        public byte Fragment => fragment;

        public long SendAt { get; set; }

        public int Sends { get; set; }
    }
}
