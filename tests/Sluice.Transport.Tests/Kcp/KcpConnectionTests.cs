using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Testing.Kcp;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>A session as a connection: flow, ends, and losses, in virtual time.</summary>
public class KcpConnectionTests
{
    private const uint Conv = 0x1234_5678;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [CombinatorialPollers(false)]
    [CombinatorialPollers(true)]
    public async Task Bytes_arrive_in_order_both_ways_under_loss(PollerKind poller, bool fec)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var client = new KcpClient(host.Address, options: KcpHost.Turbo(queue: 1000, fec: fec ? KcpFec.Fixed(10, 3) : default));
        var dice = new Random(5);
        client.Carries = () => dice.Next(10) > 0;
        client.Hears = () => dice.Next(10) > 0;
        byte[] up = RawSockets.Noise(200_000);
        byte[] down = RawSockets.Noise(200_000, seed: 2);
        Assert.Equal(up.Length, client.Write(up));
        await host.RunUntilAsync(client, () => host.Begun == 1);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        int written = 0;
        void WriteMore() => written += connection.Write(down.AsSpan(written));
        handler.OnWritable = WriteMore;
        await host.Loop.RunAsync(WriteMore);
        await host.RunUntilAsync(client, () => handler.ByteCount == up.Length && client.Received.Length == down.Length);
        RawSockets.SameBytes(up, handler.Bytes);
        RawSockets.SameBytes(down, client.Received);
        Assert.Equal(1, host.Begun);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Pause_closes_the_window_and_resume_opens_it(PollerKind poller)
    {
        const int Window = 16;
        using KcpHost host = await KcpHost.StartAsync(
            poller, new KcpEndpointOptions { Session = KcpHost.Turbo(Window), RequireProof = false });
        host.StartsPaused = true;
        using var client = new KcpClient(host.Address, options: KcpHost.Turbo(64, queue: 500));
        byte[] up = RawSockets.Noise(100 * client.Session.MaxSegmentSize);
        Assert.Equal(up.Length, client.Write(up));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await host.RunUntilAsync(client, () => client.Session.RemoteWindow == 0);
        for (int i = 0; i < 50; i++)
        {
            client.Now += 100;
            client.Pump();
            await host.Loop.AdvanceAsync(100);
            await host.FenceAsync();
        }

        Assert.Equal(0, handler.ByteCount);
        Assert.Equal(Window, await host.Loop.RunAsync(() => connection.Session.ReadableSegments));
        await host.Loop.RunAsync(connection.Resume);
        await host.RunUntilAsync(client, () => handler.ByteCount == up.Length);
        RawSockets.SameBytes(up, handler.Bytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Pause_within_a_callback_keeps_the_next_bytes_back(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        host.OnAccepted = (connection, handler) => handler.OnReceived = _ => connection.Pause();
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram([.. Handmade.Push(Conv, 0, "a"u8), .. Handmade.Push(Conv, 1, "b"u8), .. Handmade.Push(Conv, 2, "c"u8)]);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        for (int i = 1; i <= 3; i++)
        {
            await host.FenceAsync();
            Assert.Equal(i, handler.ByteCount);
            await host.Loop.RunAsync(connection.Resume);
        }

        Assert.Equal("abc"u8.ToArray(), handler.Bytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Write_is_short_at_the_limit_of_the_queue_and_writable_follows(PollerKind poller)
    {
        const int Queue = 8;
        using KcpHost host = await KcpHost.StartAsync(
            poller, new KcpEndpointOptions { Session = KcpHost.Turbo(4, queue: Queue), RequireProof = false });
        using var client = new KcpClient(host.Address);
        client.Write("a"u8);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        byte[] down = RawSockets.Noise(100_000);
        int limit = Queue * connection.Session.MaxSegmentSize;
        Assert.Equal(limit, await host.Loop.RunAsync(() => connection.Write(down)));
        Assert.Equal(0, await host.Loop.RunAsync(() => connection.Write("x"u8)));
        await host.FenceAsync();
        Assert.Equal(0, handler.WritableCount);
        await host.RunUntilAsync(client, () => handler.WritableCount > 0);
        int written = limit;
        void WriteMore() => written += connection.Write(down.AsSpan(written));
        handler.OnWritable = WriteMore;
        await host.Loop.RunAsync(WriteMore);
        await host.RunUntilAsync(client, () => client.Received.Length == down.Length);
        RawSockets.SameBytes(down, client.Received);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Finished_is_reported_once_everything_has_arrived(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var client = new KcpClient(host.Address);
        client.Write("a"u8);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        byte[] down = RawSockets.Noise(20_000);
        client.Hears = () => false;
        await host.Loop.RunAsync(() =>
        {
            Assert.Equal(down.Length, connection.Write(down));
            connection.FinishWriting();
            Assert.Equal(0, connection.Write("more"u8));
        });
        for (int i = 0; i < 20; i++)
        {
            await host.FenceAsync();
            client.Pump();
            await host.Loop.AdvanceAsync(20);
        }

        Assert.Equal(0, handler.FinishedCount);
        client.Hears = () => true;
        await host.RunUntilAsync(client, () => handler.FinishedCount > 0);
        RawSockets.SameBytes(down, client.Received);
        await host.Loop.RunAsync(connection.FinishWriting);
        await host.FenceAsync();
        Assert.Equal(1, handler.FinishedCount);
        Assert.Equal(0, handler.LostCount);

        // What the other end sends still comes.
        client.Write("b"u8);
        await host.RunUntilAsync(client, () => handler.ByteCount == 2);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Close_delivers_what_was_written_under_loss_and_forgets(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var client = new KcpClient(host.Address);
        client.Write("a"u8);
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await handler.UntilAsync(() => handler.ByteCount == 1);
        var dice = new Random(9);
        client.Hears = () => dice.Next(100) >= 30;
        byte[] down = RawSockets.Noise(100_000);
        await host.Loop.RunAsync(() =>
        {
            Assert.Equal(down.Length, connection.Write(down));
            connection.Close();
            Assert.True(connection.IsClosed);
            Assert.Equal(0, connection.Write("more"u8));
        });
        Assert.Equal(1, await host.LiveAsync());
        client.Write("after"u8);
        await host.RunUntilAsync(client, () => client.Received.Length == down.Length);
        RawSockets.SameBytes(down, client.Received);
        await host.FenceAsync();
        client.Hears = () => true;
        for (int i = 0; i < 100 && await host.LiveAsync() > 0; i++)
        {
            client.Now += 10;
            client.Pump();
            await host.Loop.AdvanceAsync(10);
            await host.FenceAsync();
        }

        Assert.Equal(0, await host.LiveAsync());
        Assert.Equal("a"u8.ToArray(), handler.Bytes);
        Assert.Equal(["bytes"], handler.Story);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Close_times_out_if_the_peer_does_not_answer(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await host.Loop.RunAsync(() =>
        {
            connection.Write("never acknowledged"u8);
            connection.Close();
        });
        await host.Loop.AdvanceAsync(9_999);
        Assert.Equal(1, await host.LiveAsync());
        await host.Loop.AdvanceAsync(1);
        Assert.Equal(0, await host.LiveAsync());
        Assert.Equal(0, handler.LostCount);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_closed_session_with_fec_sleeps_while_no_answer_comes(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var client = new KcpClient(host.Address, options: KcpHost.Turbo(fec: KcpFec.Fixed(10, 3)));
        for (int i = 0; i < 47; i++)
        {
            client.Write(RawSockets.Noise(100));
            await host.FenceAsync();
            client.Pump();
        }

        (KcpConnection connection, _) = await host.SessionAsync();
        Assert.Equal((10, 3), await host.Loop.RunAsync(() => connection.Session.PeerFec));
        await host.Loop.RunAsync(() =>
        {
            connection.Write("never acknowledged"u8);
            connection.Close();
        });

        // What is held for FEC is due after four seconds; after five there is nothing to do but to resend.
        await host.Loop.AdvanceAsync(5_000);
        for (int i = 0; i < 3; i++)
        {
            long resendIn = await host.Loop.RunAsync(() => connection.Session.NextUpdate(host.Loop.Loop.Now) - host.Loop.Loop.Now);
            Assert.InRange(resendIn, 100, 10_000);
            await host.Loop.AdvanceAsync(resendIn);
        }

        Assert.Equal(1, await host.LiveAsync());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Close_acknowledges_what_was_received(PollerKind poller)
    {
        var lazy = new KcpOptions { Interval = 1000, StreamMode = true };
        using KcpHost host = await KcpHost.StartAsync(poller, new KcpEndpointOptions { Session = lazy, RequireProof = false });
        host.OnAccepted = (connection, handler) => handler.OnReceived = _ => connection.Close();
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "bye"u8));
        (byte command, uint sn, uint una, _) = Handmade.Read(await peer.ReceiveDatagramAsync());
        Assert.Equal((Handmade.AckCommand, 0u, 1u), (command, sn, una));
        await host.Loop.SettleAsync();
        Assert.Equal(0, await host.LiveAsync());
        Assert.Equal("bye"u8.ToArray(), (await host.SessionAsync()).Handler.Bytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Abort_forgets_at_once_and_says_nothing(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await peer.ReceiveDatagramAsync();
        int left = await host.Loop.RunAsync(() =>
        {
            connection.Write("never sent"u8);
            connection.Abort();
            connection.Abort();
            connection.Close();
            connection.FinishWriting();
            connection.Resume();
            return host.Endpoint.Connections;
        });
        Assert.Equal(0, left);
        await host.FenceAsync();
        await host.Loop.AdvanceAsync(60_000);
        Assert.Null(peer.TakeDatagram());
        Assert.Equal(["bytes"], handler.Story);
    }

    [Theory]
    [CombinatorialPollers(false)]
    [CombinatorialPollers(true)]
    public async Task Bytes_stay_valid_until_the_callback_returns_even_if_it_ends_the_session(PollerKind poller, bool abort)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var other = new UdpPeer(host.Address);
        using var peer = new UdpPeer(host.Address);
        other.SendDatagram(Handmade.Push(Conv, 0, "o"u8));
        (KcpConnection target, _) = await host.SessionAsync();
        byte[]? seen = null;
        host.OnAccepted = (connection, _) => connection.Handler = new Delegating(data =>
        {
            if (abort)
            {
                connection.Abort();
            }
            else
            {
                connection.Close();
            }

            // Takes buffers from the pool that the session gave its own back to.
            target.Write(new byte[20_000]);
            seen = data.ToArray();
        });
        byte[] sent = RawSockets.Noise(1000);
        peer.SendDatagram(Handmade.Push(Conv, 0, sent));
        await host.FenceAsync();
        Assert.Equal(sent, seen);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Segments_pushed_together_fit_into_a_buffer_of_the_loop(PollerKind poller)
    {
        const int Segments = 40;
        using KcpHost host = await KcpHost.StartAsync(poller);
        host.StartsPaused = true;
        using var peer = new UdpPeer(host.Address);
        byte[] sent = RawSockets.Noise(Segments * 1000);
        for (int i = 0; i < Segments; i++)
        {
            peer.SendDatagram(Handmade.Push(Conv, (uint)i, sent.AsSpan(i * 1000, 1000)));
        }

        (KcpConnection connection, _) = await host.SessionAsync();
        await host.FenceAsync();
        var gathered = new Gathering();
        await host.Loop.RunAsync(() =>
        {
            connection.Handler = gathered;
            connection.Resume();
        });
        await host.FenceAsync();
        RawSockets.SameBytes(sent, gathered.All);
        Assert.InRange(gathered.MostAtOnce, 1001, host.Loop.Loop.Buffers.BufferBytes);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_dead_link_is_reported_as_timed_out(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection connection, RecordingHandler handler) = await host.SessionAsync();
        await host.Loop.RunAsync(() => connection.Write("anybody there?"u8));
        long passed = 0;
        for (; handler.LostCount == 0 && passed < 600_000; passed += 100)
        {
            await host.Loop.AdvanceAsync(100);
        }

        Assert.Equal(SocketError.TimedOut, handler.LostError);
        Assert.InRange(passed, 10_000, 60_000);
        Assert.True(connection.IsClosed);
        Assert.Equal(0, await host.LiveAsync());
        Assert.Equal(1, handler.LostCount);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task The_end_of_the_port_is_reported_to_its_sessions(PollerKind poller)
    {
        using KcpHost host = await KcpHost.StartAsync(poller);
        using var one = new UdpPeer(host.Address);
        using var two = new UdpPeer(host.Address);
        one.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        two.SendDatagram(Handmade.Push(Conv, 0, "a"u8));
        (KcpConnection closing, RecordingHandler quiet) = await host.SessionAsync(1);
        await host.Loop.RunAsync(() =>
        {
            closing.Write("lingers"u8);
            closing.Close();
            host.Endpoint.Close();
            host.Endpoint.Close();
        });
        Assert.Equal(SocketError.OperationAborted, (await host.SessionAsync(0)).Handler.LostError);
        Assert.Equal(0, quiet.LostCount);
        Assert.Equal(0, await host.Loop.RunAsync(() => host.Endpoint.Connections));
        Assert.True(await host.Loop.IsAtRestAsync());
    }

    private sealed class Gathering : IGatheringHandler
    {
        private readonly List<byte> _all = [];

        public byte[] All => [.. _all];

        public int MostAtOnce { get; private set; }

        public void Received(Span<byte> data)
        {
            _all.AddRange(data);
            MostAtOnce = Math.Max(MostAtOnce, data.Length);
        }

        public void Received(ReadOnlySpan<ReadOnlyMemory<byte>> parts)
        {
            int before = _all.Count;
            foreach (ReadOnlyMemory<byte> part in parts)
            {
                _all.AddRange(part.Span);
            }

            MostAtOnce = Math.Max(MostAtOnce, _all.Count - before);
        }

        public void Writable()
        {
        }

        public void Finished()
        {
        }

        public void Lost(SocketError error)
        {
        }
    }

    private sealed class Delegating(Action<ReadOnlySpan<byte>> received) : IConnectionHandler
    {
        public void Received(Span<byte> data) => received(data);

        public void Writable()
        {
        }

        public void Finished()
        {
        }

        public void Lost(SocketError error)
        {
        }
    }
}
