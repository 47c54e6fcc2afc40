using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Tests.Kit;
using Sluice.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Sessions;

/// <summary>What sessions cost in memory. Nothing else may run meanwhile: the whole process is measured.</summary>
[Collection(nameof(Alone))]
public class CostTests
{
    private const int Rounds = 5;
    private const int Messages = 400;

    [Fact]
    public async Task A_message_relayed_between_tcp_connections_allocates_nothing()
    {
        using var backend = new EchoServer();
        await MeasureFromTcpAsync(backend.Key);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_relayed_from_kcp_to_tcp_allocates_nothing(bool fec)
    {
        using var backend = new EchoServer();
        await using SluiceGateway gateway = await StartAsync();
        using var client = new KcpSocket(gateway.Listeners[1].EndPoint, fec ? KcpFec.Fixed(10, 3) : KcpFec.None);
        client.Send(FrameParser.Build(Encoding.UTF8.GetBytes(backend.Key)));
        client.Receive(6);
        byte[] message = new byte[64];
        await MeasureAsync(gateway, () =>
        {
            client.Send(message);
            client.Receive(message.Length);
        });
    }

    [Fact]
    public async Task A_message_relayed_from_tcp_to_kcp_allocates_nothing()
    {
        using var backend = new KcpEchoServer();
        await MeasureFromTcpAsync(backend.Key);
    }

    /// <summary>Forged first datagrams from as many addresses as there are; each begins a key and says no more.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kcp_client_without_a_key_costs_a_kibibyte_at_most(bool fec)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux lends the whole of 127.0.0.0/8");
        const int Clients = 2_000;

        // On a clock that the test moves: a client that says no more is forgotten after seconds, which a busy machine may need for so many.
        var time = new HeldTime();
        await using SluiceGateway gateway = await StartAsync(time);
        try
        {
            await FloodAsync(gateway, time, 0, 300, fec);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            await FloodAsync(gateway, time, 300, Clients, fec);
            long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Clients;
            Assert.InRange(each, 300, 1024);
        }
        finally
        {
            time.LetGo();
        }
    }

    private static async Task<SluiceGateway> StartAsync(TimeProvider? time = null)
    {
        var gateway = new SluiceGateway(new GatewayOptions
        {
            Loops = 1,
            Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
            Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0, Reciprocity = false },
            TimeProvider = time ?? TimeProvider.System,
        });
        await gateway.StartAsync();
        return gateway;
    }

    private static async Task MeasureFromTcpAsync(string key)
    {
        await using SluiceGateway gateway = await StartAsync();
        using Socket client = await RawSockets.ConnectAsync(gateway.Listeners[0].EndPoint);
        client.Send(FrameParser.Build(Encoding.UTF8.GetBytes(key)));
        byte[] buffer = new byte[64];
        ReadExactly(client, buffer.AsSpan(0, 6));
        await MeasureAsync(gateway, () =>
        {
            client.Send(buffer);
            ReadExactly(client, buffer);
        });
    }

    private static async Task MeasureAsync(SluiceGateway gateway, Action exchange)
    {
        for (int i = 0; i < 300; i++)
        {
            exchange();
        }

        long asking = await AllocatedAsync(gateway);
        asking = await AllocatedAsync(gateway) - asking;

        // What a message costs, it costs in every round. What is made once for a thread or for the process, such as the tables that recover
        // a datagram which a busy machine had late, is in one.
        double least = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long before = await AllocatedAsync(gateway);
            for (int i = 0; i < Messages; i++)
            {
                exchange();
            }

            long allocated = await AllocatedAsync(gateway) - before - asking;
            least = Math.Min(least, allocated / (double)Messages);
        }

        Assert.InRange(least, -1, 1);
    }

    /// <summary>Bytes that the loop's thread has allocated since it began.</summary>
    private static Task<long> AllocatedAsync(SluiceGateway gateway) => gateway.Loops[0].InvokeAsync(GC.GetAllocatedBytesForCurrentThread);

    private static async Task FloodAsync(SluiceGateway gateway, HeldTime time, int from, int count, bool fec)
    {
        for (int i = 0; i < count; i++)
        {
            int number = from + i;
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(new IPAddress([127, 1, (byte)(number >> 8), (byte)number]), 0));
            socket.SendTo(FirstDatagram((uint)number, fec), gateway.Listeners[1].EndPoint);
            if (i % 50 == 49 || i == count - 1)
            {
                // What is sent now waits behind it in the port's queue, which must not overflow.
                await UntilAsync(gateway, number + 1);
                await PassAsync(gateway, time);
            }
        }
    }

    /// <summary>Lets pass what the gateway needs to acknowledge what came.</summary>
    private static async Task PassAsync(SluiceGateway gateway, HeldTime time)
    {
        time.Pass(TimeSpan.FromMilliseconds(20));
        gateway.Loops[0].Wake();

        // The first ends the present turn, the second is a whole one.
        await gateway.Loops[0].InvokeAsync(() => 0);
        await gateway.Loops[0].InvokeAsync(() => 0);
    }

    private static async Task UntilAsync(SluiceGateway gateway, int clients)
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        while (await gateway.Loops[0].InvokeAsync(() => gateway.SessionsNow) < clients)
        {
            hung.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static byte[] FirstDatagram(uint conv, bool fec)
    {
        int start = fec ? 8 : 0;
        byte[] bytes = new byte[start + 34];
        if (fec)
        {
            bytes[4] = 0xf1;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), 36);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(start), conv + 1);
        bytes[start + 4] = 81;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(start + 6), 128);
        bytes[start + 20] = 10;

        // A frame of 20 bytes of which six came.
        bytes[start + 24] = 20;
        "127.0."u8.CopyTo(bytes.AsSpan(start + 28));
        return bytes;
    }

    private static void ReadExactly(Socket socket, Span<byte> target)
    {
        while (target.Length > 0)
        {
            int count = socket.Receive(target);
            Assert.NotEqual(0, count);
            target = target[count..];
        }
    }

    /// <summary>A clock that stands still but for what it is told, until it is let go.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private long _now = System.GetTimestamp();
        private volatile bool _runs;

        public void Pass(TimeSpan time) => Interlocked.Add(ref _now, (long)(time.TotalSeconds * TimestampFrequency));

        public void LetGo() => _runs = true;

        public override long GetTimestamp() => _runs ? Math.Max(base.GetTimestamp(), Interlocked.Read(ref _now)) : Interlocked.Read(ref _now);
    }

    /// <summary>An echo over TCP on a thread of its own, for one client.</summary>
    private sealed class EchoServer : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public EchoServer()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            new Thread(Run) { IsBackground = true }.Start();
        }

        public string Key => _listener.LocalEndPoint!.ToString()!;

        public void Dispose() => _listener.Dispose();

        private void Run()
        {
            try
            {
                using Socket client = _listener.Accept();
                byte[] buffer = new byte[4096];
                for (int count = client.Receive(buffer); count > 0; count = client.Receive(buffer))
                {
                    client.Send(buffer.AsSpan(0, count));
                }
            }
            catch (SocketException)
            {
                // The gateway ended it; the test is over.
            }
        }
    }

    /// <summary>An echo over KCP on a thread of its own, for one session.</summary>
    private sealed class KcpEchoServer : IKcpOutput, IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly byte[] _datagram = new byte[KcpOptions.MaxDatagram];

        public KcpEchoServer()
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Key = $"kcp://{_socket.LocalEndPoint}";
            new Thread(Run) { IsBackground = true }.Start();
        }

        public string Key { get; }

        public void Dispose() => _socket.Dispose();

        Span<byte> IKcpOutput.GetDatagram(int size) => _datagram.AsSpan(0, size);

        void IKcpOutput.Commit(Span<byte> datagram) => _socket.Send(datagram);

        private void Run()
        {
            byte[] buffer = new byte[KcpOptions.MaxDatagram];
            try
            {
                EndPoint gateway = new IPEndPoint(IPAddress.Any, 0);
                int count = _socket.ReceiveFrom(buffer, ref gateway);
                _socket.Connect(gateway);
                Assert.True(KcpDatagram.TryRead(buffer.AsSpan(0, count), out KcpDatagram first));
                using var session = new KcpSession(
                    first.Conv!.Value,
                    new KcpOptions { NoDelay = true, Interval = 10, NoCongestionWindow = true, StreamMode = true, AckNoDelay = true, Fec = KcpFec.Mirror },
                    new KcpContext());
                while (true)
                {
                    session.Input(buffer.AsSpan(0, count), Environment.TickCount64);
                    for (int read = session.Read(buffer); read > 0; read = session.Read(buffer))
                    {
                        session.Send(buffer.AsSpan(0, read));
                    }

                    do
                    {
                        session.Update(Environment.TickCount64, this);
                    }
                    while (!_socket.Poll(TimeSpan.FromMilliseconds(10), SelectMode.SelectRead));
                    count = _socket.Receive(buffer);
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
