namespace Sluice.Kcp.Simulation;

/// <summary>Random numbers that depend only on the seed, on every platform (splitmix64).</summary>
public sealed class SimulationRandom
{
    private ulong _state;

    /// <summary>Starts a sequence.</summary>
    /// <param name="seed">Any number.</param>
    public SimulationRandom(ulong seed) => _state = seed;

    /// <summary>Returns 64 random bits.</summary>
    /// <returns>Any number.</returns>
    public ulong NextBits()
    {
        _state += 0x9e3779b97f4a7c15;
        ulong mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Returns a random number below a bound.</summary>
    /// <param name="bound">1 or more.</param>
    /// <returns>0 to <paramref name="bound"/> - 1.</returns>
    public int Next(int bound) => (int)(NextBits() % (uint)bound);

    /// <summary>Returns true with a probability.</summary>
    /// <param name="probability">0 to 1.</param>
    /// <returns>Whether it happened.</returns>
    public bool Happens(double probability) => probability > 0 && (NextBits() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>Fills memory with random bytes.</summary>
    /// <param name="target">The memory to fill.</param>
    public void Fill(Span<byte> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (byte)NextBits();
        }
    }
}
