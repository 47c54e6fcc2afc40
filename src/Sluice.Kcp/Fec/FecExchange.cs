using Sluice.Kcp.Arq;

namespace Sluice.Kcp.Fec;

/// <summary>The FEC of one session: restores what the peer protects, and frames what the peer is sent.</summary>
internal struct FecExchange
{
    private readonly bool _mirrors;
    private Framing _framing;

    // Null while the peer's shape is unknown: one encoder of the context frames for all such sessions.
    private FecEncoder? _encoder;
    private uint _nextId;

    /// <summary>Starts in a fixed shape, or, with the unknown shape, in the peer's own form or without FEC.</summary>
    public FecExchange(ShardMemory memory, FecShape shape, bool mirrors)
    {
        _mirrors = mirrors;
        _framing = shape.IsKnown ? Framing.On : mirrors ? Framing.Undecided : Framing.Off;
        _encoder = shape.IsKnown ? new FecEncoder(memory, shape) : null;
        _nextId = 0;
        Decoder = null;
    }

    private enum Framing : byte
    {
        /// <summary>Mirror mode before the first datagram.</summary>
        Undecided,
        Off,
        On,
    }

    /// <summary>Restores lost datagrams; null until a proven peer sent FEC.</summary>
    public FecDecoder? Decoder { get; private set; }

    /// <summary>The shape in which the peer was found to send.</summary>
    public readonly FecShape PeerShape => Decoder?.Shape ?? default;

    /// <summary>Bytes to leave free in front of the segments of a datagram.</summary>
    public readonly int Overhead => _framing == Framing.Off ? 0 : Segment.FecOverhead;

    /// <summary>Chooses the form of the peer's first valid datagram, if the session mirrors. Returns whether that decided it.</summary>
    public bool Decide(bool isFramed)
    {
        bool isOpen = _framing == Framing.Undecided;
        _framing = isOpen ? isFramed ? Framing.On : Framing.Off : _framing;
        return isOpen;
    }

    /// <summary>Returns the decoder, and creates it for the first FEC datagram.</summary>
    public FecDecoder StartDecoding(ShardMemory memory) => Decoder ??= new FecDecoder(memory);

    /// <summary>Takes over the peer's shape for parity, if the session mirrors and the shape is proven.</summary>
    public void Mirror(ShardMemory memory)
    {
        FecShape shape = PeerShape;
        if (!_mirrors || _framing != Framing.On || (_encoder is null && !shape.IsKnown))
        {
            return;
        }

        if (_encoder is null)
        {
            _encoder = new FecEncoder(memory, default);
            _encoder.StartAt(_nextId);
        }

        _encoder.SetShape(shape.IsMirrored ? shape : default);
    }

    /// <summary>Returns the encoder for the datagrams of a flush; null for plain ones. An unproven peer is sent no parity.</summary>
    public readonly FecEncoder? BeginFlush(ShardMemory memory, bool isProven)
    {
        if (isProven && _encoder is not null)
        {
            return _encoder;
        }

        if (_framing != Framing.On)
        {
            return null;
        }

        FecEncoder shapeless = memory.ShapelessFraming;
        shapeless.StartAt(_nextId);
        return shapeless;
    }

    /// <summary>Ends a flush with the encoder that <see cref="BeginFlush"/> returned.</summary>
    public void EndFlush(FecEncoder? encoder, uint now)
    {
        _encoder?.Touch(now);
        _nextId = encoder?.NextId ?? 0;
    }

    /// <summary>Lets the session's own encoder continue where the shared one stopped, because parity may be sent from now on.</summary>
    public readonly void PeerProven() => _encoder?.StartAt(_nextId);

    /// <summary>Drops shards and sums that have become useless.</summary>
    public readonly void Expire(uint now)
    {
        Decoder?.Expire(now);
        _encoder?.Expire(now);
    }

    /// <summary>
    /// Returns the milliseconds until <see cref="Expire"/> has something to drop; <see cref="int.MaxValue"/> if it never will.
    /// </summary>
    public readonly int Wait(uint now)
    {
        int wait = Decoder is { HoldsShards: true } decoder ? Segment.Distance(decoder.ExpiresAt, now) : int.MaxValue;
        return _encoder is { HoldsSums: true } encoder ? Math.Min(wait, Segment.Distance(encoder.ExpiresAt, now)) : wait;
    }

    public readonly void Release()
    {
        _encoder?.Release();
        Decoder?.Release();
    }
}
