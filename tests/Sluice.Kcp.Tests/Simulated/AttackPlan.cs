using Sluice.Kcp.Simulation;

namespace Sluice.Kcp.Tests.Simulated;

/// <summary>How a peer breaks the rules: one byte for each thing that it decides. Its text repeats an attack exactly.</summary>
internal sealed class AttackPlan
{
    private const int Genes = 32;
    private readonly byte[] _genes;

    private AttackPlan(byte[] genes) => _genes = genes;

    public static AttackPlan Random(SimulationRandom random)
    {
        var genes = new byte[Genes];
        random.Fill(genes);
        return new AttackPlan(genes);
    }

    public static AttackPlan Parse(string text) => new(Convert.FromHexString(text));

    /// <summary>One that differs in a few places.</summary>
    public AttackPlan Mutate(SimulationRandom random)
    {
        byte[] genes = [.. _genes];
        for (int changes = 1 + random.Next(3); changes > 0; changes--)
        {
            genes[random.Next(Genes)] = (byte)random.NextBits();
        }

        return new AttackPlan(genes);
    }

    public T Choose<T>(int gene, params ReadOnlySpan<T> choices) => choices[_genes[gene] % choices.Length];

    /// <summary>The weight of a choice among others, 0 to 15; often 0.</summary>
    public int Weight(int gene) => Math.Max(0, (_genes[gene] >> 3) - 16);

    public ulong Seed => BitConverter.ToUInt64(_genes);

    public override string ToString() => Convert.ToHexStringLower(_genes);
}
