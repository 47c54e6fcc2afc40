using Sluice.Kcp.Simulation;
using Xunit;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>A peer that is silent for a while, as a phone whose game is in the background, while it is spoken to.</summary>
public class SilenceTests
{
    private const int Window = 256;
    private const int MessageBytes = 64;
    private const int MessageInterval = 33;
    private const long SilentFrom = 1_000;
    private const long Silence = 50_000;

    private static readonly KcpOptions Gateway = new()
    {
        NoDelay = true,
        Interval = 10,
        FastResend = 2,
        NoCongestionWindow = true,
        SendWindow = Window,
        ReceiveWindow = Window,
        StreamMode = true,
        Bundling = true,
        DeadLinkTime = 70_000,
    };

    [Theory]
    [InlineData(20)]
    [InlineData(200)]
    public void A_peer_that_was_silent_for_fifty_seconds_gets_every_byte_and_was_sent_little_meanwhile(int delay)
    {
        var link = new LinkConditions { Delay = delay };
        using var world = new KcpSimulation(
            Gateway with { DeadLinkTime = int.MaxValue }, Gateway with { RequireProof = true }, link, link, 3);
        world.Near.Session.Send([1]);
        long written = 0;
        long read = 0;
        long total = (SilentFrom + Silence + 5_000) / MessageInterval * MessageBytes;

        Assert.False(world.Run(Turn, SilentFrom));
        SetBoth(link with { Loss = 1 });
        long before = world.Far.Outgoing.Sent;
        Assert.False(world.Run(Turn, Silence));
        long meanwhile = world.Far.Outgoing.Sent - before;
        SetBoth(link);
        Assert.True(world.Run(Turn, 60_000), $"{read} of {total} bytes, dead: {world.Far.Session.IsDead}");

        // A window of segments, each again three times, and the first one by its timer.
        Assert.InRange(meanwhile, 20, (4 * Window) + (Silence / 30));

        bool Turn(KcpSimulation simulation)
        {
            long due = Math.Min(total, simulation.Now / MessageInterval * MessageBytes);
            simulation.Far.Session.Consume(simulation.Far.Session.ReadableBytes);
            while (written < due && simulation.Far.Session.SendRoom > 0)
            {
                var message = new byte[due - written];
                for (int i = 0; i < message.Length; i++)
                {
                    message[i] = Transfer.ByteAt(3, written + i);
                }

                int taken = simulation.Far.Session.Send(message);
                written += taken;
                if (taken < message.Length)
                {
                    break;
                }
            }

            while (simulation.Near.Session.TryPeek(out ReadOnlyMemory<byte> bytes))
            {
                foreach (byte value in bytes.Span)
                {
                    Assert.Equal(Transfer.ByteAt(3, read++), value);
                }

                simulation.Near.Session.Consume(bytes.Length);
            }

            simulation.WakeAt = written < total ? simulation.Now + MessageInterval : KcpSession.Never;
            return read == total;
        }

        void SetBoth(LinkConditions conditions)
        {
            world.Near.Outgoing.Conditions = conditions;
            world.Far.Outgoing.Conditions = conditions;
        }
    }
}
