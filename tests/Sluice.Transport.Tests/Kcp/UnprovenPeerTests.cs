using System.Net.Sockets;
using Sluice.Kcp;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
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
    public async Task An_unproven_peer_is_sent_what_it_sent_and_64_bytes_and_the_rest_once_it_is_proven(PollerKind poller)
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
    public async Task A_peer_without_a_proof_five_seconds_after_its_answer_is_lost(PollerKind poller)
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
                // In rounds, so that the socket's buffer does not run over if the loop has to wait.
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

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Among_many_others_it_has_to_prove_itself_first_and_is_asked_with_no_more_bytes_than_it_sent(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller, maxUnproven: 2);
        var proofs = new List<Task<bool>>();
        host.OnAccepted = (connection, handler) => handler.OnReceived = _ => proofs.Add(
            connection.ProveAsync(CancellationToken.None).AsTask());
        UdpPeer[] peers = [.. Enumerable.Range(0, 4).Select(_ => new UdpPeer(host.Address))];
        byte[] first = Handmade.Push(Conv, 0, "hello"u8);
        for (int i = 0; i < peers.Length; i++)
        {
            peers[i].SendDatagram(first);
            RecordingHandler handler = (await host.SessionAsync(i)).Handler;
            await handler.UntilAsync(() => handler.ByteCount == 5);
            await host.Loop.SettleAsync();
        }

        await host.FenceAsync();
        bool[] proven = await host.Loop.RunAsync(() => proofs.Select(proof => proof.IsCompletedSuccessfully && proof.Result).ToArray());
        Assert.Equal([true, true, false, false], proven);
        byte[] question = await peers[2].ReceiveDatagramAsync();
        Assert.Equal(24, question.Length);
        Assert.Equal((Handmade.PushCommand, uint.MaxValue, 1u, (ushort)128), Handmade.Read(question));
        Assert.Null(peers[2].TakeDatagram());

        // Its echo proves it; the other one times out.
        byte[] answer = [.. question];
        answer[4] = Handmade.AckCommand;
        peers[2].SendDatagram(answer);
        Assert.True(await proofs[2].WaitAsync(Observed.HungAfter));
        await host.Loop.AdvanceAsync(4_999);
        Assert.False(proofs[3].IsCompleted);
        await host.Loop.AdvanceAsync(1);
        Assert.False(await proofs[3].WaitAsync(Observed.HungAfter));
        Assert.Equal(SocketError.TimedOut, (await host.SessionAsync(3)).Handler.LostError);
        Array.ForEach(peers, peer => peer.Dispose());
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task No_client_is_asked_for_a_proof_once_the_others_have_given_one_or_are_gone(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller, maxUnproven: 2);

        // The fence's client is one of them.
        await host.FenceAsync();
        using var one = new KcpClient(host.Address, conv: 1);
        using var other = new UdpPeer(host.Address);
        one.Write("hello"u8);
        (KcpConnection first, _) = await host.SessionAsync();
        other.SendDatagram(Handmade.Push(Conv, 0, "hello"u8));
        (KcpConnection second, _) = await host.SessionAsync(1);
        Assert.True(await host.Loop.RunAsync(() => host.Endpoint.IsCrowded));

        await host.Loop.RunAsync(() => first.Write("answer"u8));
        await host.RunUntilAsync(one, () => one.Received.Length == 6 && first.Session.IsPeerProven);
        Assert.True(await (await host.Loop.RunAsync(() => second.ProveAsync(CancellationToken.None).AsTask())));
        Assert.Equal((2, false), await host.Loop.RunAsync(() => (host.Endpoint.Unproven, host.Endpoint.IsCrowded)));
        await host.Loop.RunAsync(second.Abort);
        Assert.Equal(1, await host.Loop.RunAsync(() => host.Endpoint.Unproven));
    }

    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task A_wait_for_a_proof_can_be_cancelled_and_ends_with_the_session(PollerKind poller)
    {
        using KcpHost host = await StartAsync(poller, maxUnproven: 0);
        using var peer = new UdpPeer(host.Address);
        using var impatient = new CancellationTokenSource();
        peer.SendDatagram(Handmade.Push(Conv, 0, "hello"u8));
        (KcpConnection connection, _) = await host.SessionAsync();
        Task<bool> waiting = await host.Loop.RunAsync(() => connection.ProveAsync(impatient.Token).AsTask());
        Task<bool> patient = await host.Loop.RunAsync(() => connection.ProveAsync(CancellationToken.None).AsTask());
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(patient.IsCompleted);
        await host.Loop.RunAsync(connection.Abort);
        Assert.False(await patient.WaitAsync(Observed.HungAfter));
        Assert.False(await (await host.Loop.RunAsync(() => connection.ProveAsync(CancellationToken.None).AsTask())));
    }

    private static Task<KcpHost> StartAsync(PollerKind poller, int maxUnproven = 64) => KcpHost.StartAsync(
        poller, new KcpEndpointOptions { Session = KcpHost.Turbo(fec: KcpFec.Mirror), MaxUnproven = maxUnproven });
}
