using Sluice.Registries.ZooKeeper;

namespace Sluice.Fuzz;

/// <summary>
/// An answer of ZooKeeper, read as the first eight bytes of the input say: nothing is read beyond its end, and nothing is promised that is
/// not there.
/// </summary>
internal sealed class JuteTarget : FuzzTarget
{
    public override string Name => "jute";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        [0, 0, 1, 2, 3, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 65, 0, 0, 0, 3],
        [3, 3, 3, 4, 4, 2, 2, 0, 255, 255, 255, 255, 0, 0, 0, 0, 127, 255, 255, 255, 128, 0, 0, 0],
        [4, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 4, 0, 0, 0, 1, 97, 0, 0, 0, 1, 98, 0, 0, 0, 2, 99, 100, 0, 0, 0, 0],
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        const int Choices = 8;
        if (input.Length < Choices)
        {
            return;
        }

        var reader = new JuteReader(input[Choices..]);
        try
        {
            foreach (byte choice in input[..Choices])
            {
                int before = reader.Remaining;
                int least = Read(ref reader, choice, before);
                Require(reader.Remaining >= 0 && reader.Remaining <= before - least, "what is read is taken");
            }
        }
        catch (ZooKeeperException)
        {
            // It is shorter than what it says.
        }
    }

    // Returns how many bytes that takes at least.
    private static int Read(ref JuteReader reader, byte choice, int before)
    {
        switch (choice % 5)
        {
            case 0:
                reader.ReadInt();
                return 4;
            case 1:
                reader.ReadLong();
                return 8;
            case 2:
                return 4 + reader.ReadBuffer().Length;
            case 3:
                reader.ReadText();
                return 4;
            default:
                int leastBytes = 1 + (choice / 5);
                int count = reader.ReadCount(leastBytes);
                Require(count >= 0 && (long)count * leastBytes <= before - 4, "a list has no more items than bytes");
                return 4;
        }
    }
}
