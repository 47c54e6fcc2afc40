using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>A first datagram whose sender's address may be forged: what its owner, who asked for nothing, is sent at most.</summary>
public class UnprovenPeerTests
{
    private const uint Conv = 77;

    public static TheoryData<PollerKind> AllPollers => Pollers.All;

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task It_is_sent_what_it_sent_and_64_bytes_and_the_rest_once_it_is_proven(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller);
        byte[] much = RawSockets.Noise(20_000);
        int taken = 0;
        host.OnAccepted = (connection, handler) =>
        {
            taken += connection.Write(much);
            handler.OnWritable = () => taken += connection.Write(much.AsSpan(taken));
        };
        using var client = new KcpClient(host.Address, Conv);
        client.Write(new byte[16]);
        await host.SessionAsync();
        await host.FenceAsync();
        Assert.Equal(64 + 24 + 16 - 24 - 8, taken);
        await host.RunUntilAsync(client, () => client.Received.Length == much.Length);
        RawSockets.SameBytes(much, client.Received);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Who_has_proven_nothing_five_seconds_after_it_was_answered_is_lost(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller);
        host.OnAccepted = (connection, _) => connection.Write("ok"u8);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(Conv, 0, "hello"u8));
        (_, RecordingHandler handler) = await host.SessionAsync();
        await host.FenceAsync();
        await host.Loop.AdvanceAsync(4_000);

        // A sign of life is no proof.
        peer.SendDatagram(Handmade.Push(Conv, 1, "there"u8));
        await host.FenceAsync();
        await host.Loop.AdvanceAsync(999);
        Assert.Equal(0, handler.LostCount);
        await host.Loop.AdvanceAsync(1);
        Assert.Equal(SocketError.TimedOut, handler.LostError);
        Assert.Equal(0, await host.LiveAsync());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_refusal_goes_to_a_forged_address_for_two_seconds_and_a_few_times(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller);
        host.OnAccepted = (connection, _) =>
        {
            connection.Write("error denied"u8);
            connection.Close();
        };
        using var victim = new UdpPeer(host.Address);
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        victim.SendDatagram(first);
        await host.SessionAsync();
        int refusals = 0;
        for (int passed = 0; passed < 20_000; passed += 10)
        {
            await host.Loop.AdvanceAsync(10);
            while (victim.TakeDatagram() is not null)
            {
                refusals++;
            }
        }

        Assert.InRange(refusals, 3, 7);
        Assert.Equal(0, await host.LiveAsync());

        // It is not started anew either.
        victim.SendDatagram(first);
        await host.FenceAsync();
        Assert.Equal(1, host.Begun);
        Assert.Null(victim.TakeDatagram());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Before_it_is_written_to_it_gets_no_more_bytes_than_it_sent(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        var random = new Random(5);
        long sent = 0;
        for (uint i = 0; i < 300; i++)
        {
            byte[] datagram = Handmade.Push(Conv, i == 0 ? 0 : (uint)random.Next(0, 400), new byte[1 + random.Next(8)]);
            if (random.Next(2) == 0)
            {
                datagram = [.. datagram, .. Handmade.Segment(Conv, Handmade.AskCommand, 0)];
            }

            sent += datagram.Length;
            peer.SendDatagram(datagram);
            if (i % 64 == 0)
            {
                // In rounds, so that the socket's buffer does not run over where the loop has to wait.
                await host.FenceAsync();
            }
        }

        await host.FenceAsync();
        await host.Loop.AdvanceAsync(1_000);
        long received = 0;
        while (peer.TakeDatagram() is { } answer)
        {
            received += answer.Length;
        }

        Assert.InRange(received, 24, sent);
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_guest_of_its_address_takes_no_parity_from_a_session(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller);
        using var peer = new UdpPeer(host.Address);
        peer.SendDatagram(Handmade.Push(5, 0, "victim"u8));
        (KcpConnection victim, _) = await host.SessionAsync();
        peer.SendDatagram(Handmade.Push(6, 0, "forged"u8));
        (KcpConnection guest, _) = await host.SessionAsync(1);
        Assert.True(victim.SharesAddress);
        await host.Loop.RunAsync(guest.Abort);
        Assert.False(victim.SharesAddress);
    }

    private static Task<KcpHost> StartAsync(PollerKind poller) =>
        KcpHost.StartAsync(poller, new KcpEndpointOptions { Session = KcpHost.Turbo(fec: KcpFec.Mirror) });
}
