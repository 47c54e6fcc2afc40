using System.Globalization;
using Sluice.Kcp.Fec;
using Xunit;

namespace Sluice.Kcp.Tests.Sessions;

/// <summary>A captured session of kcp-go with FEC 10+3, replayed: as it was, and with every single loss that FEC can make good.</summary>
public class CaptureTests
{
    private static readonly List<(long Time, bool FromClient, byte[] Bytes)> Capture = Load();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_stream_of_each_side_arrives_whole(bool fromClient)
    {
        byte[] stream = Replay(fromClient, lost: -1, out KcpSession session);
        Assert.Equal(StreamOf(fromClient), stream);
        if (fromClient)
        {
            Assert.Equal("0e0000003132372e302e302e313a37303833", Convert.ToHexStringLower(stream.AsSpan(0, 18)));
        }

        Assert.Equal((10, 3), session.PeerFec);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_single_datagram_lost_after_the_proof_of_the_shape_is_restored(bool fromClient)
    {
        List<byte[]> sent = [.. Capture.Where(d => d.FromClient == fromClient).Select(d => d.Bytes)];
        byte[] whole = StreamOf(fromClient);
        int restored = 0;
        for (int lost = 0; lost < sent.Count; lost++)
        {
            byte[] stream = Replay(fromClient, lost, out _);
            if (stream.AsSpan().SequenceEqual(whole))
            {
                restored++;
            }
            else
            {
                // Lost before the shape was certain, or in the group that the capture ends with.
                Assert.True(whole.AsSpan().StartsWith(stream));
            }
        }

        Assert.True(restored >= sent.Count / 2, $"{restored} of {sent.Count}");
    }

    [Fact]
    public void The_captured_parity_is_what_our_encoder_makes()
    {
        foreach (bool fromClient in new[] { true, false })
        {
            var encoder = new FecEncoder(new KcpContext().Shards, new FecShape(10, 3));
            byte[][] data = [.. Capture.Where(d => d.FromClient == fromClient && d.Bytes[4] == 0xf1).Select(d => d.Bytes)];
            byte[][] parity = [.. Capture.Where(d => d.FromClient == fromClient && d.Bytes[4] == 0xf2).Select(d => d.Bytes)];
            var made = new List<byte[]>();
            foreach (byte[] datagram in data)
            {
                byte[] copy = [.. datagram];
                copy.AsSpan(0, 8).Clear();
                bool more = encoder.Frame(copy);
                Assert.Equal(datagram, copy);
                while (more)
                {
                    var buffer = new byte[KcpOptions.MaxDatagram];
                    more = encoder.TakeParity(buffer, out int length);
                    made.Add(buffer[..length]);
                }
            }

            Assert.NotEmpty(parity);
            Assert.Equal(parity, made);
        }
    }

    private static byte[] Replay(bool fromClient, int lost, out KcpSession session)
    {
        session = new KcpSession(0x11223344, new KcpOptions { Fec = KcpFec.Mirror, ReceiveWindow = 256 }, new KcpContext());
        int index = 0;
        foreach ((long time, _, byte[] bytes) in Capture.Where(d => d.FromClient == fromClient))
        {
            if (index++ != lost)
            {
                Assert.True(session.Input(bytes, time) is KcpInputResult.Accepted or KcpInputResult.Parity);
            }
        }

        var stream = new byte[session.ReadableBytes];
        session.Read(stream);
        return stream;
    }

    private static byte[] StreamOf(bool fromClient)
    {
        var segments = new SortedDictionary<uint, byte[]>();
        foreach ((_, _, byte[] bytes) in Capture.Where(d => d.FromClient == fromClient && d.Bytes[4] == 0xf1))
        {
            foreach (var segment in Datagrams.Read(bytes).Where(s => s.Command == Datagrams.Push))
            {
                segments[segment.Sequence] = segment.Payload;
            }
        }

        return [.. segments.Values.SelectMany(s => s)];
    }

    private static List<(long Time, bool FromClient, byte[] Bytes)> Load()
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "fec-10-3-session.txt"));
        var capture = new List<(long, bool, byte[])>();
        for (int i = 0; i + 1 < lines.Length; i++)
        {
            string[] words = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 2 && words[1] is "C>G" or "G>C")
            {
                double time = double.Parse(words[0][..^2], CultureInfo.InvariantCulture);
                capture.Add(((long)time, words[1] == "C>G", Convert.FromHexString(lines[i + 1].Trim())));
            }
        }

        return capture;
    }
}
