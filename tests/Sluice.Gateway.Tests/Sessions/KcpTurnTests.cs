using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Greeting;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;

namespace Sluice.Gateway.Tests.Sessions;

/// <summary>What a KCP client sends waits for no further turn of the loop.</summary>
public class KcpTurnTests
{
    private const uint Conv = 7;

    public static TheoryData<PollerKind> AllPollers => OperatingSystem.IsLinux() ? [PollerKind.Epoll, PollerKind.Poll] : [PollerKind.Poll];

    /// <summary>
    /// At the end of the turn that has read the datagram the loop stands still until its bytes have come to the backend: no other turn can
    /// have brought them.
    /// </summary>
    [Theory]
    [MemberData(nameof(AllPollers))]
    public async Task Its_bytes_go_to_a_tcp_backend_in_the_turn_that_reads_the_datagram(PollerKind poller)
    {
        using Socket listener = RawSockets.Listen();
        await using var gateway = new SluiceGateway(new GatewayOptions
        {
            Loops = 1,
            Poller = poller,
            TimeProvider = new CountingTime(),
            Kcp = new KcpGateOptions { Bind = IPAddress.Loopback, Port = 0 },
        });
        await gateway.StartAsync();
        EventLoop loop = gateway.Loops[0];
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(gateway.Listeners[0].EndPoint);
        byte[] key = FrameParser.Build(Encoding.UTF8.GetBytes($"tcp://{listener.LocalEndPoint}"));
        await client.SendAsync(Handmade.Push(Conv, 0, key));
        using Socket backend = await listener.AcceptAsync().WaitAsync(Observed.HungAfter);

        // The welcome, since what comes before it is kept until then.
        byte[] answer = new byte[1500];
        int length;
        do
        {
            length = await client.ReceiveAsync(answer).WaitAsync(Observed.HungAfter);
        }
        while (!answer.AsSpan(0, length).EndsWith("ok"u8));

        var reached = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(LookOnceATurn);
        await client.SendAsync(Handmade.Push(Conv, 1, "hello"u8));

        Assert.True(await reached.Task.WaitAsync(2 * Observed.HungAfter), "the turn that read the datagram sent nothing to the backend");
        Assert.Equal("hello"u8.ToArray(), await backend.ReceiveExactlyAsync(5));

        // Posted work runs in each turn behind the reading of sockets, and before what is done at the turn's end.
        void LookOnceATurn(object? state)
        {
            if (loop.Kcp.Counters.DatagramsReceived == 1)
            {
                loop.Post(LookOnceATurn);
            }
            else
            {
                loop.AtTurnEnd(new TurnEnd(() => reached.SetResult(backend.Poll(Observed.HungAfter, SelectMode.SelectRead))));
            }
        }
    }

    private sealed class TurnEnd(Action action) : ITurnEnd
    {
        void ITurnEnd.EndTurn() => action();
    }
}
