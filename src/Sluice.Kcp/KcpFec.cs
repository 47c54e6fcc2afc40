namespace Sluice.Kcp;

/// <summary>How a session sends forward error correction. Whatever this says, FEC that the peer sends is read and used.</summary>
public readonly struct KcpFec : IEquatable<KcpFec>
{
    private readonly bool _mirror;

    private KcpFec(bool mirror, int dataShards, int parityShards)
    {
        _mirror = mirror;
        DataShards = dataShards;
        ParityShards = parityShards;
    }

    /// <summary>Plain KCP segments only. The default.</summary>
    public static KcpFec None => default;

    /// <summary>
    /// Answer the peer in its own way: plain to a peer whose first datagram is plain; FEC data framing to one that sends FEC,
    /// and parity once its (data, parity) shape is known for certain, in that shape; none where it has more than 64 parity shards, or more than
    /// three times as many as data shards and more than 8.
    /// </summary>
    /// <remarks>kcp-go 5.6.1 decodes parity of another shape than its own into wrong bytes, so no shape is ever guessed.</remarks>
    public static KcpFec Mirror => new(true, 0, 0);

    /// <summary>kcp-go's <c>dataShards</c>: packets per group; 0 unless fixed.</summary>
    public int DataShards { get; }

    /// <summary>kcp-go's <c>parityShards</c>: parity packets per group; 0 unless fixed.</summary>
    public int ParityShards { get; }

    /// <summary>True for <see cref="Mirror"/>.</summary>
    public bool IsMirror => _mirror;

    /// <summary>True for <see cref="None"/>.</summary>
    public bool IsNone => !_mirror && DataShards == 0;

    /// <summary>Every group of <paramref name="dataShards"/> datagrams is followed by <paramref name="parityShards"/> parity datagrams.</summary>
    /// <param name="dataShards">1 or more.</param>
    /// <param name="parityShards">1 or more; both together at most 255. 0 and 0 is <see cref="None"/>, as in kcp-go.</param>
    /// <returns>The setting.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The two numbers are no such shape.</exception>
    public static KcpFec Fixed(int dataShards, int parityShards)
    {
        if (dataShards == 0 && parityShards == 0)
        {
            return None;
        }

        if (dataShards < 1 || parityShards < 1 || dataShards + parityShards > Fec.FecShape.MaxTotal)
        {
            throw new ArgumentOutOfRangeException(nameof(dataShards), "data and parity shards must be at least 1 each and at most 255 together");
        }

        return new KcpFec(false, dataShards, parityShards);
    }

    /// <inheritdoc/>
    public bool Equals(KcpFec other) =>
        _mirror == other._mirror && DataShards == other.DataShards && ParityShards == other.ParityShards;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KcpFec other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (_mirror ? 1 << 16 : 0) | (DataShards << 8) | ParityShards;

    /// <summary>Compares by value.</summary>
    public static bool operator ==(KcpFec left, KcpFec right) => left.Equals(right);

    /// <summary>Compares by value.</summary>
    public static bool operator !=(KcpFec left, KcpFec right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString() => _mirror ? "mirror" : $"{DataShards}/{ParityShards}";
}
