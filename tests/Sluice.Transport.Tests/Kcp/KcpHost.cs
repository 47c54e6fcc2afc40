using System.Net;
using System.Runtime.CompilerServices;
using Sluice.Kcp;
using Sluice.Testing.Kcp;
using Sluice.Testing.Loops;
using Sluice.Transport.Kcp;
using Sluice.Transport.Loop;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Udp;

namespace Sluice.Transport.Tests.Kcp;

/// <summary>A port that takes KCP clients on one loop, whose clock the test moves.</summary>
internal sealed class KcpHost : Observed, IDisposable
{
    private const uint FenceConv = 0xfe_ce_fe_ce;

    private readonly List<(KcpConnection Connection, RecordingHandler Handler)> _accepted = [];
    private UdpPeer? _fence;

    private KcpHost(PollerKind poller, UdpBatching? batching) => Loop = new TestLoop(poller, batching);

    public TestLoop Loop { get; }

    public KcpEndpoint Endpoint { get; private set; } = null!;

    public IPEndPoint Address => new(IPAddress.Loopback, Endpoint.LocalEndPoint.Port);

    /// <summary>Called on the loop with each session before it is resumed.</summary>
    public Action<KcpConnection, RecordingHandler>? OnAccepted { get; set; }

    public bool StartsPaused { get; set; }

    /// <summary>Sessions that began, without the fence's.</summary>
    public int Begun
    {
        get
        {
            lock (Gate)
            {
                return _accepted.Count;
            }
        }
    }

    public static KcpOptions Turbo(int window = 128, KcpFec fec = default, int queue = 0) => new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        AckNoDelay = true,
        SendWindow = window,
        ReceiveWindow = window,
        SendQueueLimit = queue,
        StreamMode = true,
        Fec = fec,
    };

    public static async Task<KcpHost> StartAsync(
        PollerKind poller, KcpEndpointOptions? options = null, IPAddress? address = null, UdpBatching? batching = null)
    {
        var host = new KcpHost(poller, batching);
        options ??= new KcpEndpointOptions { Session = Turbo(fec: KcpFec.Mirror), RequireProof = false };
        host.Endpoint = await host.Loop.RunAsync(() => KcpEndpoint.Listen(
            host.Loop.Loop, new IPEndPoint(address ?? IPAddress.Loopback, 0), options, sharePort: false, host.Accept, host.Loop.Log));
        return host;
    }

    public async Task<(KcpConnection Connection, RecordingHandler Handler)> SessionAsync(int index = 0)
    {
        await UntilAsync(() => _accepted.Count > index);
        lock (Gate)
        {
            return _accepted[index];
        }
    }

    /// <summary>Sessions that exist, without the fence's.</summary>
    public Task<int> LiveAsync() => Loop.RunAsync(() => Endpoint.Connections - (_fence is null ? 0 : 1));

    /// <summary>Completes when everything sent to the port before was processed and answered: a datagram sent after it is.</summary>
    public async Task FenceAsync()
    {
        _fence ??= new UdpPeer(Address);
        _fence.SendDatagram(Handmade.Push(FenceConv, 0, "f"u8));
        byte[] answer = await _fence.ReceiveDatagramAsync();
        Assert.Equal(Handmade.AckCommand, answer[4]);
        await Loop.SettleAsync();
    }

    /// <summary>Lets both ends run, their clocks too if nothing moves, until the condition holds.</summary>
    public async Task RunUntilAsync(
        KcpClient client, Func<bool> condition, int limitMs = 120_000, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        for (int passed = 0; !condition();)
        {
            await FenceAsync();
            if (!client.Pump() && !condition())
            {
                client.Now += 10;
                passed += 10;
                client.Pump();
                await Loop.AdvanceAsync(10);
                Assert.True(passed < limitMs, $"in vain for {what}; now: {this}");
            }
        }
    }

    public override string ToString()
    {
        lock (Gate)
        {
            return string.Join("; ", _accepted.Select(pair => pair.Handler.ToString()));
        }
    }

    public void Dispose()
    {
        _fence?.Dispose();
        Loop.RunAsync(Endpoint.Close).Wait(HungAfter);
        Loop.Dispose();
    }

    private void Accept(KcpConnection connection)
    {
        if (connection.Session.Conv == FenceConv)
        {
            return;
        }

        // The test prepares the next sessions once this one is reported.
        (Action<KcpConnection, RecordingHandler>? told, bool startsPaused) = (OnAccepted, StartsPaused);
        var handler = new RecordingHandler();
        connection.Handler = handler;
        Change(() => _accepted.Add((connection, handler)));
        told?.Invoke(connection, handler);
        if (!startsPaused)
        {
            connection.Resume();
        }
    }
}
