using System.Buffers.Binary;
using Sluice.Kcp.Arq;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Writes the FEC headers of outgoing datagrams, and the parity after each full group. Parity is summed up as the datagrams pass, so none
/// of them is kept. As in kcp-go, a group gets no parity until it is full. A group that nothing fills for seconds is dropped, because an
/// idle session would hold its sums in vain.
/// </summary>
internal sealed class FecEncoder
{
    // Before the peer's shape is known, each datagram has an id in a group of its own in any shape. If kcp-go found several data datagrams
    // in the parity places of one group, it could restore wrong bytes.
    private const uint UnknownStep = 256;

    // By then, what the group would protect was resent long ago. The decoder has the same lifetime.
    private const int Lifetime = 4_000;

    private readonly ShardMemory _memory;
    private FecShape _shape;
    private ReedSolomon? _code;
    private byte[][]? _sums;
    private uint _next;
    private int _sumLength;
    private int _collected;
    private int _emitted;

    public FecEncoder(ShardMemory memory, FecShape shape)
    {
        _memory = memory;
        SetShape(shape);
    }

    /// <summary>Sends parity in this shape from now on; none in the unknown shape. The ids continue at the start of a group.</summary>
    public void SetShape(FecShape shape)
    {
        if (shape == _shape)
        {
            return;
        }

        Release();
        _shape = shape;
        _code = shape.IsKnown ? _memory.Codecs.Get(shape) : null;
        _next = shape.IsKnown ? shape.AlignUp(_next) : _next;
    }

    /// <summary>
    /// Writes the eight bytes before the segments of a datagram. Returns whether parity follows: then call <see cref="TakeParity"/>.
    /// </summary>
    public bool Frame(Span<byte> datagram)
    {
        FecHeader.Write(datagram, _next, isParity: false);
        Span<byte> shard = datagram.Slice(FecHeader.Size);
        BinaryPrimitives.WriteUInt16LittleEndian(shard, (ushort)shard.Length);
        if (_code is null)
        {
            _next = unchecked(_next + UnknownStep);
            return false;
        }

        _next++;
        Collect(shard);
        return _collected == _shape.Data;
    }

    /// <summary>Writes the next parity datagram of the full group. Returns whether there are more.</summary>
    public bool TakeParity(Span<byte> datagram, out int length)
    {
        FecHeader.Write(datagram, _next, isParity: true);
        _sums![_emitted].AsSpan(0, _sumLength).CopyTo(datagram.Slice(FecHeader.Size));
        length = FecHeader.Size + _sumLength;
        _next++;
        if (++_emitted < _shape.Parity)
        {
            return true;
        }

        _next = _next >= _shape.SequenceLimit ? 0 : _next;
        Release();
        return false;
    }

    /// <summary>Whether a group has begun and its parity is still to be sent.</summary>
    public bool HoldsSums => _sums is not null;

    /// <summary>When to call <see cref="Expire"/>, if it holds sums.</summary>
    public uint ExpiresAt { get; private set; }

    /// <summary>Records that something was sent at this time.</summary>
    public void Touch(uint now) => ExpiresAt = now + Lifetime;

    /// <summary>Drops a group that nothing fills. The ids continue at the next one.</summary>
    public void Expire(uint now)
    {
        if (HoldsSums && Segment.Distance(now, ExpiresAt) >= 0)
        {
            Release();
            _next = _shape.AlignUp(_next);
        }
    }

    /// <summary>Returns the memory of an open group.</summary>
    public void Release()
    {
        if (_sums is { } sums)
        {
            for (int i = 0; i < _shape.Parity; i++)
            {
                _memory.Buffers.Return(sums[i]);
                sums[i] = null!;
            }

            _memory.BufferLists.Return(sums);
            _sums = null;
        }

        _sumLength = 0;
        _collected = 0;
        _emitted = 0;
    }

    /// <summary>The id of the next datagram.</summary>
    public uint NextId => _next;

    /// <summary>Continues at an id, or at the start of the group after it.</summary>
    public void StartAt(uint id) => _next = _shape.IsKnown ? _shape.AlignUp(id) : id;

    private void Collect(ReadOnlySpan<byte> shard)
    {
        if (_sums is null)
        {
            _sums = _memory.BufferLists.Rent(_shape.Parity);
            for (int i = 0; i < _shape.Parity; i++)
            {
                _sums[i] = _memory.Buffers.Rent(shard.Length);
            }
        }

        for (int i = 0; i < _shape.Parity; i++)
        {
            byte[] sum = _sums[i];
            if (sum.Length < shard.Length)
            {
                byte[] larger = _memory.Buffers.Rent(shard.Length);
                sum.AsSpan(0, _sumLength).CopyTo(larger);
                _memory.Buffers.Return(sum);
                _sums[i] = sum = larger;
            }

            if (_sumLength < shard.Length)
            {
                sum.AsSpan(_sumLength, shard.Length - _sumLength).Clear();
            }

            GaloisKernel.MultiplyAdd(_code!.Coefficient(i, _collected), shard, sum);
        }

        _sumLength = Math.Max(_sumLength, shard.Length);
        _collected++;
    }
}
