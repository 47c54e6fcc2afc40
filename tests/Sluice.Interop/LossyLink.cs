using System.Net;
using System.Net.Sockets;

namespace Sluice.Interop;

/// <summary>A relay of datagrams between real sockets on loopback that loses, doubles and swaps some of them, as its seed says.</summary>
/// <remarks>No clock: a datagram that is swapped waits for the next one of its direction.</remarks>
internal sealed class LossyLink : IDisposable
{
    private const int BufferBytes = 4 * 1024 * 1024;

    private readonly Socket _front = NewSocket();
    private readonly IPEndPoint _target;
    private readonly double _loss;
    private readonly int _seed;
    private readonly Dictionary<EndPoint, Socket> _upstream = [];

    private LossyLink(IPEndPoint target, int lossPercent, int seed)
    {
        _target = target;
        _loss = lossPercent / 100.0;
        _seed = seed;
        _front.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ToServer = new Direction(_loss, seed);
        _ = PumpToServerAsync();
    }

    public int Port => ((IPEndPoint)_front.LocalEndPoint!).Port;

    /// <summary>What went from the clients to the server.</summary>
    public Direction ToServer { get; }

    /// <summary>What went back to the client that came first.</summary>
    public Direction? ToClient { get; private set; }

    public static LossyLink Start(IPEndPoint target, int lossPercent, int seed) => new(target, lossPercent, seed);

    public override string ToString() => $"loss {_loss:P0} seed {_seed}, to the server {ToServer}, to the client {ToClient}";

    public void Dispose()
    {
        _front.Dispose();
        lock (_upstream)
        {
            foreach (Socket socket in _upstream.Values)
            {
                socket.Dispose();
            }
        }
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
    {
        ReceiveBufferSize = BufferBytes,
        SendBufferSize = BufferBytes,
    };

    private async Task PumpToServerAsync()
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await _front.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                Socket upstream = UpstreamOf(received.RemoteEndPoint);
                foreach (byte[] datagram in ToServer.Pass(buffer.AsSpan(0, received.ReceivedBytes)))
                {
                    await upstream.SendAsync(datagram);
                }
            }
        }
        catch (Exception end) when (end is ObjectDisposedException or SocketException)
        {
            // The scenario is over, or the server is gone; the client notices that nothing answers.
        }
    }

    private Socket UpstreamOf(EndPoint client)
    {
        lock (_upstream)
        {
            if (!_upstream.TryGetValue(client, out Socket? upstream))
            {
                upstream = NewSocket();
                upstream.Connect(_target);
                _upstream.Add(client, upstream);
                var direction = new Direction(_loss, unchecked(_seed + 7919 * _upstream.Count));
                ToClient ??= direction;
                _ = PumpToClientAsync(upstream, client, direction);
            }

            return upstream;
        }
    }

    private async Task PumpToClientAsync(Socket upstream, EndPoint client, Direction direction)
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (true)
            {
                int count = await upstream.ReceiveAsync(buffer);
                foreach (byte[] datagram in direction.Pass(buffer.AsSpan(0, count)))
                {
                    await _front.SendToAsync(datagram, client);
                }
            }
        }
        catch (Exception end) when (end is ObjectDisposedException or SocketException)
        {
            // As above.
        }
    }

    /// <summary>One direction: its chances and its counts.</summary>
    internal sealed class Direction(double loss, int seed)
    {
        private const double Doubled = 0.02;
        private const double Swapped = 0.03;

        private readonly Random _random = new(seed);
        private byte[]? _waiting;

        public int Plain { get; private set; }

        public int FecData { get; private set; }

        public int Parity { get; private set; }

        public int Lost { get; private set; }

        public int Longest { get; private set; }

        /// <summary>What of this datagram and those before is to be sent on now.</summary>
        public IReadOnlyList<byte[]> Pass(ReadOnlySpan<byte> bytes)
        {
            Count(bytes);
            if (loss == 0)
            {
                return [bytes.ToArray()];
            }

            if (_random.NextDouble() < loss)
            {
                Lost++;
                return [];
            }

            byte[] datagram = bytes.ToArray();
            if (_waiting is null && _random.NextDouble() < Swapped)
            {
                _waiting = datagram;
                return [];
            }

            var now = new List<byte[]> { datagram };
            if (_waiting is not null)
            {
                now.Add(_waiting);
                _waiting = null;
            }

            if (_random.NextDouble() < Doubled)
            {
                now.Add(datagram);
            }

            return now;
        }

        public override string ToString() => $"{Plain} plain, {FecData} data, {Parity} parity, {Lost} lost";

        private void Count(ReadOnlySpan<byte> bytes)
        {
            Longest = Math.Max(Longest, bytes.Length);
            switch (Segments.KindOf(bytes))
            {
                case DatagramKind.Plain:
                    Plain++;
                    break;
                case DatagramKind.FecData:
                    FecData++;
                    break;
                default:
                    Parity++;
                    break;
            }
        }
    }
}
