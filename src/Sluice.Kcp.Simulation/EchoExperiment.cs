using System.Buffers.Binary;

namespace Sluice.Kcp.Simulation;

/// <summary>
/// Measures what settings achieve and cost on a link: one side sends small messages at a fixed rate, and the other sends each one back.
/// </summary>
public sealed record EchoExperiment
{
    private const int StampSize = 8;

    /// <summary>Settings of the side that asks. Stream mode is always on.</summary>
    public required KcpOptions Client { get; init; }

    /// <summary>Settings of the side that answers. Stream mode is always on.</summary>
    public required KcpOptions Server { get; init; }

    /// <summary>The link, the same in both directions.</summary>
    public required LinkConditions Link { get; init; }

    /// <summary>Bytes of a message, 8 or more.</summary>
    public int MessageSize { get; init; } = 64;

    /// <summary>Milliseconds between two messages.</summary>
    public int Interval { get; init; } = 33;

    /// <summary>The number of messages to send.</summary>
    public int Messages { get; init; } = 1000;

    /// <summary>The seed of all random decisions.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Runs the experiment in virtual time.</summary>
    /// <returns>The measurements.</returns>
    public EchoReport Run()
    {
        using var simulation = new KcpSimulation(Client with { StreamMode = true }, Server with { StreamMode = true }, Link, Link, Seed);
        var times = new List<int>(Messages);
        var message = new byte[MessageSize];
        var answer = new byte[MessageSize];
        int sent = 0;
        int rest = 0;
        int got = 0;
        simulation.WakeAt = 0;
        simulation.Run(
            world =>
            {
                while (rest > 0 || (sent < Messages && world.Now >= (long)sent * Interval))
                {
                    if (rest == 0)
                    {
                        BinaryPrimitives.WriteInt64LittleEndian(message, (long)sent * Interval);
                        rest = MessageSize;
                        sent++;
                    }

                    // A message may be longer than the session's whole queue.
                    rest -= world.Near.Session.Send(message.AsSpan(MessageSize - rest));
                    if (rest > 0)
                    {
                        break;
                    }
                }

                world.WakeAt = sent < Messages ? Math.Max(world.Now + 1, (long)sent * Interval) : KcpSession.Never;
                Echo(world.Far.Session);
                Collect(world, answer, ref got, times);
                return times.Count == Messages;
            },
            limit: (Messages * (long)Interval) + 600_000);
        times.Sort();
        return new EchoReport(
            times,
            Messages,
            simulation.Near.Outgoing.SentBytes + simulation.Far.Outgoing.SentBytes,
            simulation.Context.Counters.FecRecovered);
    }

    private static void Collect(KcpSimulation world, byte[] answer, ref int got, List<int> times)
    {
        while (world.Near.Session.Read(answer.AsSpan(got)) is > 0 and var count)
        {
            got += count;
            if (got == answer.Length)
            {
                got = 0;
                times.Add((int)(world.Now - BinaryPrimitives.ReadInt64LittleEndian(answer.AsSpan(0, StampSize))));
            }
        }
    }

    private static void Echo(KcpSession session)
    {
        while (session.SendRoom > 0 && session.TryPeek(out ReadOnlyMemory<byte> bytes))
        {
            int taken = session.Send(bytes.Span);
            if (taken == 0)
            {
                return;
            }

            session.Consume(taken);
        }
    }
}
