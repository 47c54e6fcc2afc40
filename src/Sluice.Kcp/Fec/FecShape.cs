namespace Sluice.Kcp.Fec;

/// <summary>Data and parity datagrams per group. The default means "unknown".</summary>
internal readonly record struct FecShape(int Data, int Parity)
{
    /// <summary>The most shards of a group: the field has 256 points, and kcp-go allows fewer than 256 of each kind.</summary>
    public const int MaxTotal = 255;

    private const int MaxMirrored = 64;

    public int Total => Data + Parity;

    public bool IsKnown => Data > 0;

    /// <summary>
    /// Whether a peer that sends this shape is answered in it. It is not if it asks for so much parity that each of its datagrams would
    /// cost a multiple in answers and memory; it gets no parity then.
    /// </summary>
    public bool IsMirrored => IsKnown && Parity <= MaxMirrored && Parity <= Math.Max(8, 3 * Data);

    /// <summary>Sequence ids restart from 0 here, so that groups always start at multiples of <see cref="Total"/>.</summary>
    public uint SequenceLimit => uint.MaxValue / (uint)Total * (uint)Total;

    /// <summary>Returns the first id at or after <paramref name="id"/> that starts a group.</summary>
    public uint AlignUp(uint id)
    {
        ulong aligned = ((ulong)id + (uint)Total - 1) / (uint)Total * (uint)Total;
        return aligned >= SequenceLimit ? 0 : (uint)aligned;
    }

    public int Position(uint id) => (int)(id % (uint)Total);
}
