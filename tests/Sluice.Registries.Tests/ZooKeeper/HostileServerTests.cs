using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Sluice.Registries.ZooKeeper;

namespace Sluice.Registries.Tests.ZooKeeper;

/// <summary>Something that is no ZooKeeper, or a broken one. No real server does such things, so these are played.</summary>
public class HostileServerTests
{
    [Fact]
    public async Task An_impossible_length_ends_the_connection()
    {
        using var answer = new MemoryStream();
        answer.Write("HTTP/1.1 400 Bad Request\r\n\r\n"u8);
        Assert.Contains("is it ZooKeeper", await ProblemAsync(answer.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_of_more_names_than_bytes_ends_the_connection()
    {
        byte[] list = Frame(writer =>
        {
            writer.WriteInt(2);
            writer.WriteLong(1);
            writer.WriteInt(0);
            writer.WriteInt(int.MaxValue);
        });
        Assert.Contains(
            "shorter than it claims", await ProblemAsync([.. Welcome(), .. WatchAdded(), .. list]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_nothing_ends_the_connection()
    {
        byte[] answer = Frame(writer =>
        {
            writer.WriteInt(4711);
            writer.WriteLong(1);
            writer.WriteInt(0);
        });
        Assert.Contains("was not requested", await ProblemAsync([.. Welcome(), .. answer]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Noise_never_ends_the_watch_for_good()
    {
        var random = new Random(11);
        for (int i = 0; i < 100; i++)
        {
            byte[] noise = new byte[random.Next(1, 60)];
            random.NextBytes(noise);
            byte[] frame = [0, 0, 0, (byte)noise.Length, .. noise];
            Assert.NotNull(await ProblemAsync([.. i % 2 == 0 ? Welcome() : [], .. i % 4 == 0 ? WatchAdded() : [], .. frame]));
        }
    }

    [Fact]
    public void A_claimed_length_costs_nothing_before_its_bytes_arrive()
    {
        byte[] promise = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(promise, int.MaxValue);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ZooKeeperException>(() => new JuteReader(promise).ReadBuffer().Length);
        Assert.Throws<ZooKeeperException>(() => new JuteReader(promise).ReadCount(4));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>Returns the problem that is reported for a server that sends this and closes the connection.</summary>
    private static async Task<string> ProblemAsync(byte[] words)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task serving = ServeAsync(listener, words);
        await using WatchedNodes nodes = await WatchedNodes.StartAsync(listener.LocalEndpoint.ToString()!);
        await serving;
        await nodes.UntilAsync(() => nodes.Log.Lines.Count > 0);
        return nodes.Log.Lines[0].Text;
    }

    private static async Task ServeAsync(TcpListener listener, byte[] words)
    {
        using Socket client = await listener.AcceptSocketAsync();
        await client.SendAsync(words);
        client.Shutdown(SocketShutdown.Send);
        byte[] rest = new byte[1024];
        try
        {
            while (await client.ReceiveAsync(rest) > 0)
            {
            }
        }
        catch (SocketException)
        {
        }

        listener.Stop();
    }

    private static byte[] Welcome() => Frame(writer =>
    {
        writer.WriteInt(0);
        writer.WriteInt(10_000);
        writer.WriteLong(7);
        writer.WriteBuffer(new byte[16]);
    });

    private static byte[] WatchAdded() => Frame(writer =>
    {
        writer.WriteInt(1);
        writer.WriteLong(1);
        writer.WriteInt(0);
        writer.WriteInt(0);
    });

    private static byte[] Frame(Action<JuteWriter> write)
    {
        var writer = new JuteWriter();
        writer.BeginFrame();
        write(writer);
        writer.EndFrame();
        return writer.Written.ToArray();
    }
}
