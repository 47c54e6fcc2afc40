using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;
using Sluice.Gateway.Gates;
using Sluice.Transport.Loop;

namespace Sluice.Interop;

/// <summary>
/// A client that the system suspends for a while, as phones do with a game in the background, continues where it stopped.
/// </summary>
public sealed class SuspendScenarios(GoPeer peer)
{
    /// <summary>More than an unproven client may be sent, so a client that has read all of it has proven its address.</summary>
    private const int Greeting = 5_000;

    private const int Later = 100_000;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 3)]
    public async Task A_client_suspended_for_thirty_seconds_gets_every_byte_of_its_backend(int data, int parity)
    {
        var pieces = Channel.CreateUnbounded<byte[]>();
        using TcpBackend backend = TcpBackend.Start(stream => TalkAsync(stream, pieces.Reader));
        var time = new SkippingTime();
        await using GatewayWorld world = await GatewayWorld.StartAsync(
            new KcpGateOptions { Reciprocity = false }, change: options => options with { TimeProvider = time });
        using PeerProcess client = peer.StartClient(new PeerSettings(data, parity), world.EndPoint.Port);
        Assert.Equal("ok", await client.EnterAsync(backend.Key));
        await client.DoAsync($"tail {Greeting}");

        client.Suspend();
        byte[] later = TcpBackend.Pattern(Later);
        EventLoop loop = world.Gateway.Loops[0];
        for (int i = 0; i < 3_000; i++)
        {
            if (i % 30 == 0)
            {
                pieces.Writer.TryWrite(later[(i / 30 * 1000)..((i / 30 * 1000) + 1000)]);
            }

            time.Skip(TimeSpan.FromMilliseconds(10));
            await loop.InvokeAsync(() => true);
        }

        client.Continue();
        await client.DoAsync($"tail {Later}");
        Assert.Equal(0, world.EndedUnread);
        Assert.Empty(world.Errors);
    }

    private static async Task TalkAsync(NetworkStream stream, ChannelReader<byte[]> pieces)
    {
        await stream.WriteAsync(TcpBackend.Pattern(Greeting));
        await foreach (byte[] piece in pieces.ReadAllAsync())
        {
            await stream.WriteAsync(piece);
        }
    }

    /// <summary>The system's time plus the time that the test skips.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        private long _skipped;

        public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _skipped);

        public void Skip(TimeSpan time) => Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * Stopwatch.Frequency));
    }
}
