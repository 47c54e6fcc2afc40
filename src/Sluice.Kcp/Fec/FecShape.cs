namespace Sluice.Kcp.Fec;

/// <summary>Data and parity packets per group; the default is "not known".</summary>
internal readonly record struct FecShape(int Data, int Parity)
{
    /// <summary>Most shards of a group: the field has 256 points, and kcp-go tunes to fewer than 256 of each kind.</summary>
    public const int MaxTotal = 255;

    private const int MostMirrored = 64;

    public int Total => Data + Parity;

    public bool IsKnown => Data > 0;

    /// <summary>
    /// Whether a peer is answered in this shape, its own. Not where it asks for so much parity that a datagram of its would cost a multiple in answers
    /// and in memory: then it gets none.
    /// </summary>
    public bool IsMirrored => IsKnown && Parity <= MostMirrored && Parity <= Math.Max(8, 3 * Data);

    /// <summary>Sequence ids count up to here and then from 0, so that groups always start at multiples of <see cref="Total"/>.</summary>
    public uint SequenceLimit => uint.MaxValue / (uint)Total * (uint)Total;

    /// <summary>The first id at or behind <paramref name="id"/> that starts a group.</summary>
    public uint AlignUp(uint id)
    {
        ulong aligned = ((ulong)id + (uint)Total - 1) / (uint)Total * (uint)Total;
        return aligned >= SequenceLimit ? 0 : (uint)aligned;
    }

    public int Position(uint id) => (int)(id % (uint)Total);
}
