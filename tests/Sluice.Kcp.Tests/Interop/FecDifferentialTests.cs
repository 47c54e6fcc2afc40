using Sluice.Kcp.Fec;
using Sluice.Kcp.Tests.Fec;
using Sluice.Kcp.Tests.Sessions;
using Xunit;

namespace Sluice.Kcp.Tests.Interop;

/// <summary>Our encoder and decoder against kcp-go's on the same random data, without a network between them.</summary>
public class FecDifferentialTests(GoPeer peer)
{
    [Fact]
    public void Our_parity_equals_that_of_kcp_go()
    {
        peer.Require();
        string[] groups = peer.Run([], "rs", "-groups", "300", "-seed", "42");
        Assert.Equal(300, groups.Length);
        var random = new Random(1);
        foreach (string[] group in groups.Select(line => line.Split(' ')))
        {
            var shape = new FecShape(int.Parse(group[0]), int.Parse(group[1]));
            byte[][] all = [.. group.Skip(2).Select(Convert.FromHexString)];
            byte[][] ours = FecWorld.Parity(new ReedSolomon(shape), all[..shape.Data]);
            Assert.Equal(all[shape.Data..], ours);
            FecWorld.AssertRestores(shape, all, [.. Enumerable.Range(0, shape.Total).OrderBy(_ => random.Next()).Take(shape.Parity)]);
        }
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(30, 15)]
    [InlineData(5, 9)]
    public void Our_encoder_equals_kcp_go_and_restores_its_groups(int data, int parity)
    {
        peer.Require();
        var shape = new FecShape(data, parity);
        byte[][] theirs =
        [
            .. peer.Run(
                [],
                "encode",
                "-data",
                $"{data}",
                "-parity",
                $"{parity}",
                "-datagrams",
                $"{20 * shape.Total}",
                "-seed",
                "7").Select(Convert.FromHexString),
        ];
        var context = new KcpContext();
        var encoder = new FecEncoder(context.Shards, shape);
        var ours = new List<byte[]>();
        foreach (byte[] datagram in theirs.Where(d => d[4] == 0xf1))
        {
            byte[] copy = [.. datagram];
            copy.AsSpan(0, 8).Clear();
            bool more = encoder.Frame(copy);
            ours.Add(copy);
            while (more)
            {
                var buffer = new byte[KcpOptions.MaxDatagram];
                more = encoder.TakeParity(buffer, out int length);
                ours.Add(buffer[..length]);
            }
        }

        Assert.Equal(theirs, ours);

        // Three groups to make sure of the shape, then as many losses in each as it can bear.
        var decoder = new FecDecoder(context.Shards);
        FecWorld.Decode(decoder, theirs.Take(3 * shape.Total));
        Assert.Equal(shape, decoder.Shape);
        var random = new Random(1);
        for (int group = 3; group < 20; group++)
        {
            byte[][] sent = theirs[(group * shape.Total)..((group + 1) * shape.Total)];
            int[] lost = [.. Enumerable.Range(0, shape.Total).OrderBy(_ => random.Next()).Take(parity)];
            List<byte[]> restored = FecWorld.Decode(decoder, sent.Where((_, i) => !lost.Contains(i)));
            Assert.Equal(lost.Where(i => i < data).Order().Select(i => sent[i][8..]), restored);
        }
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(30, 15)]
    [InlineData(5, 9)]
    public void Kcp_go_restores_what_our_encoder_protects(int data, int parity)
    {
        peer.Require();
        var options = new KcpOptions { NoCongestionWindow = true, SendWindow = 4096, StreamMode = true, Fec = KcpFec.Fixed(data, parity) };
        using var session = new KcpSession(0x11223344, options, new KcpContext());
        session.Input(Datagrams.Segment(0x11223344, Datagrams.Tell, 0, window: 4096), 0);
        var random = new Random(3);
        var stream = new List<byte>();
        var output = new RecordingOutput();
        for (int i = 0; i < 12 * data; i++)
        {
            var message = new byte[random.Next(1, 1300)];
            random.NextBytes(message);
            stream.AddRange(message);
            session.Send(message);
            session.Update(0, output);
        }

        // No answer ever comes, so nothing is resent: only restoring makes the stream whole.
        int total = data + parity;
        int lostData = 0;
        var arriving = new List<byte[]>();
        foreach (byte[][] group in output.Take().Chunk(total))
        {
            int[] lost = [.. Enumerable.Range(0, total).OrderBy(_ => random.Next()).Take(parity)];
            lostData += lost.Count(i => i < data);
            arriving.AddRange(group.Where((_, i) => !lost.Contains(i)));
        }

        string[] result = peer.Run(
            arriving.Select(Convert.ToHexStringLower), "decode", "-data", $"{data}", "-parity", $"{parity}", "-bulk", $"{stream.Count}");
        Assert.Equal(Convert.ToHexStringLower(stream.ToArray()), result[0]);
        Assert.Equal($"recovered={lostData} errors=0 checksums=0", result[1]);
    }
}
