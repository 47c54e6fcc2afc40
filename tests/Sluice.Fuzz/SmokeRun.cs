namespace Sluice.Fuzz;

/// <summary>Seeded random mutations of the corpus: finds what is near the surface, with no fuzzer installed.</summary>
public static class SmokeRun
{
    private static readonly byte[] Telling = [
        0, (byte)'\n', (byte)' ', (byte)'.', (byte)':', (byte)'[', (byte)']', (byte)'%', (byte)'/', (byte)'*', (byte)'-', (byte)'0',
        (byte)'x', 0x7f, 0x80, 0xff,
    ];

    /// <summary>Runs the corpus and then so many mutations of it.</summary>
    /// <exception cref="InvalidOperationException">Something does not hold; the message has the input.</exception>
    public static void Run(FuzzTarget target, int mutations, int seed)
    {
        ArgumentNullException.ThrowIfNull(target);
        target.Run(() =>
        {
            foreach (byte[] input in target.Corpus)
            {
                CheckOne(target, input, seed, -1);
            }

            var random = new Random(seed);
            for (int i = 0; i < mutations; i++)
            {
                CheckOne(target, Mutate(target.Corpus, random), seed, i);
            }
        });
    }

    private static void CheckOne(FuzzTarget target, byte[] input, int seed, int mutation)
    {
        try
        {
            target.Check(input);
        }
#pragma warning disable CA1031 // Whatever is thrown is the finding.
        catch (Exception finding)
#pragma warning restore CA1031
        {
            string origin = mutation < 0 ? "corpus" : $"seed {seed}, mutation {mutation}";
            throw new InvalidOperationException(
                $"{target.Name} ({origin}): {finding.Message} Input: {Convert.ToHexString(input)}", finding);
        }
    }

    private static byte[] Mutate(IReadOnlyList<byte[]> corpus, Random random)
    {
        List<byte> bytes = [.. corpus[random.Next(corpus.Count)]];
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            int at = random.Next(bytes.Count + 1);
            byte value = random.Next(2) == 0 ? Telling[random.Next(Telling.Length)] : (byte)random.Next(256);
            switch (random.Next(7))
            {
                case 0:
                    bytes.Insert(at, value);
                    break;
                case 1 when at < bytes.Count:
                    bytes.RemoveAt(at);
                    break;
                case 2 when at < bytes.Count:
                    bytes[at] = value;
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 5:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at + 1)));
                    break;
                default:
                    byte[] other = corpus[random.Next(corpus.Count)];
                    bytes.InsertRange(at, other[..random.Next(other.Length + 1)]);
                    break;
            }
        }

        return [.. bytes];
    }
}
