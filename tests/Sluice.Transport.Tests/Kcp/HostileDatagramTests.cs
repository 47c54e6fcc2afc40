using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>Datagrams that no honest peer sends: nothing throws, no live session is harmed, nothing is amplified.</summary>
public class HostileDatagramTests(ITestOutputHelper output)
{
    private const uint Conv = 0x1234_5678;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Garbage_of_every_length_does_nothing(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var live = await LiveSession.StartAsync(host);
        using var stranger = new UdpPeer(host.Address);
        var random = new Random(11);
        for (int length = 0; length <= 1500; length++)
        {
            byte[] garbage = new byte[length];
            random.NextBytes(garbage);
            stranger.SendDatagram(garbage);
            live.Client.SendDatagram(garbage);
            if (length % 64 == 0)
            {
                await host.FenceAsync();
            }
        }

        await live.StillWorksAsync();
        Assert.Null(stranger.TakeDatagram());
        Assert.Equal(1, await host.LiveAsync());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Truncated_and_lying_datagrams_of_a_live_session_s_own_address_do_not_harm_it(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var live = await LiveSession.StartAsync(host);
        byte[] valid = [.. Handmade.Push(live.Conv, 700, RawSockets.Noise(40)), .. Handmade.Push(live.Conv, 701, RawSockets.Noise(9))];
        for (int length = 0; length < valid.Length; length++)
        {
            live.Client.SendDatagram(valid.AsSpan(0, length));
            live.Client.SendDatagram(Handmade.FecData((uint)length, valid.AsSpan(0, length)));
            live.Client.SendDatagram(Handmade.FecData((uint)length, valid, size: length));
            live.Client.SendDatagram(Handmade.FecData((uint)length, valid, size: ushort.MaxValue - length));
            if (length % 16 == 0)
            {
                // In rounds, so that the socket's buffer does not run over if the loop has to wait.
                await host.FenceAsync();
            }
        }

        foreach (uint jump in (uint[])[128, 129, 5000, int.MaxValue, 0x8000_0000, uint.MaxValue - 1, uint.MaxValue])
        {
            live.Client.SendDatagram(Handmade.Push(live.Conv, jump, "evil"u8));
            live.Client.SendDatagram(Handmade.Ack(live.Conv, jump, 0));
            live.Client.SendDatagram(Handmade.Ack(live.Conv, 0, jump));
            live.Client.SendDatagram(Handmade.Segment(live.Conv, Handmade.PushCommand, 600, "evil"u8, length: jump));
            live.Client.SendDatagram(Handmade.Segment(live.Conv, Handmade.TellCommand, jump, window: ushort.MaxValue));
        }

        await live.StillWorksAsync();
        Assert.Equal(1, await host.LiveAsync());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_window_that_is_run_over_costs_no_more_than_the_window(PollerKind poller)
    {
        const int Window = 32;
        using KcpHost host = await KcpHost.StartAsync(poller, new KcpEndpointOptions { Session = KcpHost.Turbo(Window) });
        host.StartsPaused = true;
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "0"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        for (uint sn = 1; sn < 500; sn++)
        {
            peer.SendDatagram(Handmade.Push(Conv, sn, BitConverter.GetBytes(sn)));
            if (sn % 64 == 0)
            {
                await host.FenceAsync();
            }
        }

        await host.FenceAsync();
        Assert.Equal(Window, await host.Loop.RunAsync(() => connection.Session.ReadableSegments));
        Assert.True(await host.Loop.RunAsync(() => connection.Session.ReadableBytes) < 4 * Window);
        Assert.Equal(0, handler.ByteCount);
        Assert.Equal(0, handler.LostCount);
    }

    [Theory]
    [CombinatorialPollers(1)]
    [CombinatorialPollers(2)]
    [CombinatorialPollers(3)]
    public async Task Mangled_datagrams_are_never_answered_with_more_bytes_than_came(PollerKind poller, int seed)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var live = await LiveSession.StartAsync(host);
        var random = new Random(seed);
        for (int i = 0; i < 150; i++)
        {
            using var stranger = new UdpPeer(host.Address);
            long sent = 0;
            for (int j = random.Next(1, 12); j > 0; j--)
            {
                byte[] datagram = Mangled(random, (uint)random.Next(3));
                sent += datagram.Length;
                stranger.SendDatagram(datagram);
            }

            await host.FenceAsync();
            await host.Loop.AdvanceAsync(random.Next(200));
            await host.FenceAsync();
            long answered = 0;
            while (stranger.TakeDatagram() is { } answer)
            {
                answered += answer.Length;
            }

            Assert.True(answered <= sent, $"{answered} bytes for {sent}, peer {i}");
        }

        await live.StillWorksAsync();
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_flood_from_thousands_of_addresses_makes_only_the_sessions_that_began(PollerKind poller)
    {
        const int Addresses = 4000;
        using KcpHost host = await KcpHost.StartAsync(poller, address: IPAddress.Any);
        using var live = await LiveSession.StartAsync(host);
        byte[] payload = RawSockets.Noise(100);
        long before = await host.Loop.RunAsync(() => host.Loop.Loop.AllocatedBytes);
        var random = new Random(3);
        int begun = 0;
        for (int i = 0; i < Addresses; i++)
        {
            // Elsewhere than on Linux there is but one loopback address, with as many ports.
            var from = OperatingSystem.IsLinux() ? new IPAddress([127, (byte)(1 + (i >> 8)), (byte)i, 1]) : IPAddress.Loopback;
            using var spoofed = new UdpPeer(host.Address, from);
            spoofed.SendDatagram(RawSockets.Noise(random.Next(1500), seed: i));
            spoofed.SendDatagram(Handmade.Push(live.Conv, (uint)i + 1, payload));
            spoofed.SendDatagram(Handmade.FecParity((uint)i, payload));
            if (i % 4 == 0)
            {
                begun++;
                spoofed.SendDatagram(Handmade.Push((uint)i, 0, payload));
                spoofed.SendDatagram(Handmade.Push((uint)i, 90, payload));
            }

            if (i % 32 == 31)
            {
                await host.FenceAsync();
            }
        }

        await host.FenceAsync();
        long bytes = await host.Loop.RunAsync(() => host.Loop.Loop.AllocatedBytes) - before;
        output.WriteLine(
            $"{poller}: {begun} sessions of {Addresses} addresses, {bytes / begun} bytes allocated per session, the test's own included");
        Assert.Equal(begun + 1, host.Begun);
        Assert.Equal(begun + 1, await host.LiveAsync());
        await live.StillWorksAsync();

        // Whoever reaps them gets rid of them all; what is sent later begins none anew.
        for (int i = 0; i <= begun; i++)
        {
            KcpConnection connection = (await host.SessionAsync(i)).Connection;
            if (connection != live.Connection)
            {
                await host.Loop.RunAsync(connection.Abort);
            }
        }

        Assert.Equal(1, await host.LiveAsync());
        await live.StillWorksAsync();
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_dialled_session_takes_little_memory(PollerKind poller)
    {
        const int Sessions = 50;
        using var loop = new TestLoop(poller);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        NetworkAddress address = server.Address();
        var options = new KcpEndpointOptions();
        var connections = new List<KcpConnection>();
        long bytes = await loop.RunAsync(() =>
        {
            Open();
            long before = loop.Loop.AllocatedBytes;
            for (int i = 0; i < Sessions; i++)
            {
                Open();
            }

            return loop.Loop.AllocatedBytes - before;
        });
        output.WriteLine($"{poller}: {bytes / Sessions} bytes per dialled session");
        Assert.InRange(bytes / Sessions, 0, 16 * 1024);
        await loop.RunAsync(() => connections.ForEach(connection => connection.Abort()));

        void Open()
        {
            Assert.Equal(SocketError.Success, KcpDial.TryOpen(loop.Loop, address, options, out KcpConnection? connection));
            connections.Add(connection!);
        }
    }

    /// <summary>Segments that are nearly right: true and false numbers, lengths, windows and FEC around them.</summary>
    private static byte[] Mangled(Random random, uint conv)
    {
        var bytes = new List<byte>();
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            byte[] payload = RawSockets.Noise(random.Next(3) == 0 ? 0 : random.Next(300), random.Next());
            uint sn = random.Next(3) == 0 ? (uint)random.NextInt64(uint.MaxValue) : (uint)random.Next(4);
            uint? length = random.Next(12) == 0 ? (uint)random.NextInt64(uint.MaxValue) : null;
            uint una = random.Next(4) == 0 ? (uint)random.NextInt64(uint.MaxValue) : 0;
            bytes.AddRange(Handmade.Segment(conv, (byte)random.Next(80, 86), sn, payload, (ushort)random.Next(65536), una, length));
        }

        byte[] datagram = [.. bytes];
        if (random.Next(8) == 0)
        {
            datagram = datagram[..random.Next(datagram.Length)];
        }

        if (random.Next(8) == 0)
        {
            datagram[random.Next(datagram.Length)] ^= (byte)(1 << random.Next(8));
        }

        return random.Next(4) switch
        {
            0 => Handmade.FecData((uint)random.Next(30), datagram),
            1 => Handmade.FecData((uint)random.NextInt64(uint.MaxValue), datagram, random.Next(65536)),
            2 when random.Next(3) == 0 => Handmade.FecParity((uint)random.Next(30), datagram),
            _ => datagram,
        };
    }

    /// <summary>An honest client beside the others, whose bytes must keep arriving.</summary>
    private sealed class LiveSession : IDisposable
    {
        private readonly KcpHost _host;
        private readonly RecordingHandler _handler;
        private readonly MemoryStream _sent = new();

        private LiveSession(KcpHost host, KcpClient client, KcpConnection connection, RecordingHandler handler)
        {
            _host = host;
            Client = client;
            Connection = connection;
            _handler = handler;
        }

        public uint Conv => Connection.Session.Conv;

        public KcpClient Client { get; }

        public KcpConnection Connection { get; }

        public static async Task<LiveSession> StartAsync(KcpHost host)
        {
            var client = new KcpClient(host.Address, 0xbeef_0001);
            client.Write("begin"u8);
            (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
            var live = new LiveSession(host, client, connection, handler);
            live._sent.Write("begin"u8);
            await host.RunUntilAsync(client, () => client.Session.IsSendDrained);
            return live;
        }

        /// <summary>Bytes go both ways, nothing foreign among them, and nothing was logged.</summary>
        public async Task StillWorksAsync()
        {
            byte[] up = RawSockets.Noise(5000, (int)_sent.Length);
            byte[] downBefore = Client.Received;
            _sent.Write(up);
            Assert.Equal(up.Length, Client.Write(up));
            await _host.Loop.RunAsync(() => Connection.Write(up));
            await _host.RunUntilAsync(
                Client, () => _handler.ByteCount >= _sent.Length && Client.Received.Length >= downBefore.Length + up.Length);
            RawSockets.SameBytes(_sent.ToArray(), _handler.Bytes);
            RawSockets.SameBytes(up, Client.Received[downBefore.Length..]);
            Assert.Equal(0, _handler.LostCount);
            Assert.Empty(_host.Loop.Log.Lines);
        }

        public void Dispose()
        {
            _sent.Dispose();
            Client.Dispose();
        }
    }
}
