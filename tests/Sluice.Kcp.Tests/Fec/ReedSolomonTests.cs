using System.Text.Json;
using CsCheck;
using Sluice.Kcp.Fec;
using Xunit;

namespace Sluice.Kcp.Tests.Fec;

public class ReedSolomonTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "rs.json"))).RootElement;

    [Fact]
    public void The_rows_are_those_of_kcp_go()
    {
        int checkedShapes = 0;
        foreach (JsonProperty property in Vectors.EnumerateObject().Where(p => p.Name.StartsWith("rows_", StringComparison.Ordinal)))
        {
            int[] shape = [.. property.Name["rows_".Length..].Split('_').Select(int.Parse)];
            var code = new ReedSolomon(new FecShape(shape[0], shape[1]));
            int parity = 0;
            foreach (JsonElement row in property.Value.EnumerateArray())
            {
                Assert.Equal(
                    row.EnumerateArray().Select(v => v.GetByte()), Enumerable.Range(0, shape[0]).Select(j => code.Coefficient(parity, j)));
                parity++;
            }

            Assert.Equal(shape[1], parity);
            checkedShapes++;
        }

        Assert.True(checkedShapes >= 7);
    }

    [Fact]
    public void The_worked_example_is_accepted()
    {
        byte[][] data = Shards("example_10_3_data");
        byte[][] parity = Shards("example_10_3_parity");
        var code = new ReedSolomon(new FecShape(10, 3));
        Assert.Equal(parity, FecWorld.Parity(code, data));
    }

    [Fact]
    public void Any_shards_up_to_the_number_of_parity_can_be_lost() =>
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 40], Gen.Int[2, 200], Gen.Int).Sample(
            (dataShards, parityShards, length, seed) =>
            {
                var shape = new FecShape(dataShards, parityShards);
                var random = new Random(seed);
                byte[][] data = FecWorld.RandomData(random, shape.Data, length);
                byte[][] all = [.. data, .. FecWorld.Parity(new ReedSolomon(shape), data)];
                int[] lost = [.. Enumerable.Range(0, shape.Total).OrderBy(_ => random.Next()).Take(shape.Parity)];
                FecWorld.AssertRestores(shape, all, lost);
            },
            iter: 500);

    [Fact]
    public void Every_loss_pattern_of_a_small_shape_is_restored()
    {
        var shape = new FecShape(5, 3);
        byte[][] data = FecWorld.RandomData(new Random(1), shape.Data, 40);
        byte[][] all = [.. data, .. FecWorld.Parity(new ReedSolomon(shape), data)];
        for (int mask = 0; mask < 1 << shape.Total; mask++)
        {
            int[] lost = [.. Enumerable.Range(0, shape.Total).Where(i => (mask >> i & 1) == 1)];
            if (lost.Length <= shape.Parity)
            {
                FecWorld.AssertRestores(shape, all, lost);
            }
        }
    }

    private static byte[][] Shards(string name) =>
        [.. Vectors.GetProperty(name).EnumerateArray().Select(shard => Convert.FromHexString(shard.GetString()!))];
}
