namespace Sluice.Kcp;

/// <summary>How a session sends forward error correction (FEC). FEC that the peer sends is used in any case.</summary>
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
    /// Answers the peer in its own form: without FEC if its first datagram has none. A peer that sends FEC gets datagrams with FEC headers,
    /// and parity in its own (data, parity) shape once that is certain. It gets no parity in a shape of more than 64 parity shards, nor of
    /// more than 8 if that is also more than three times the data shards.
    /// </summary>
    /// <remarks>kcp-go 5.6.1 decodes parity of a shape other than its own into wrong bytes, so a shape is never guessed.</remarks>
    public static KcpFec Mirror => new(true, 0, 0);

    /// <summary>kcp-go's <c>dataShards</c>: datagrams per group; 0 unless fixed.</summary>
    public int DataShards { get; }

    /// <summary>kcp-go's <c>parityShards</c>: parity datagrams per group; 0 unless fixed.</summary>
    public int ParityShards { get; }

    /// <summary>Whether this is <see cref="Mirror"/>.</summary>
    public bool IsMirror => _mirror;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => !_mirror && DataShards == 0;

    /// <summary>Sends <paramref name="parityShards"/> parity datagrams after every <paramref name="dataShards"/> datagrams.</summary>
    /// <param name="dataShards">1 or more.</param>
    /// <param name="parityShards">1 or more; both together at most 255. 0 and 0 mean <see cref="None"/>, as in kcp-go.</param>
    /// <returns>The setting.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The numbers are out of these ranges.</exception>
    public static KcpFec Fixed(int dataShards, int parityShards)
    {
        if (dataShards == 0 && parityShards == 0)
        {
            return None;
        }

        if (dataShards < 1 || parityShards < 1 || dataShards + parityShards > Fec.FecShape.MaxTotal)
        {
            throw new ArgumentOutOfRangeException(
                nameof(dataShards), "data and parity shards must be at least 1 each and at most 255 together");
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
