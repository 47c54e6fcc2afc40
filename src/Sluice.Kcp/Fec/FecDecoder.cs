using Sluice.Kcp.Arq;
using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Restores lost datagrams of a peer that sends FEC. It restores nothing before the peer's shape is certain: ids and kinds must leave a
/// single shape (<see cref="ShapeLearner"/>), and a group with one shard more than needed must prove it by arithmetic. Data of the wrong
/// kind for its id discards the shape at once. Parity, which anybody can forge, does so only if several groups in a row contradict the
/// shape.
/// </summary>
/// <remarks>
/// The effect of forged parity is limited. A shape is proven only by arithmetic that includes data of the peer, and a restored datagram is
/// used only if it names the conversation. So for an attacker who has not seen the peer's data, each forged datagram succeeds with a
/// probability of at most 2^-32, that of guessing the conversation. Random bytes prove a wrong shape with a probability of at most 256^-n,
/// for n bytes of the group's longest shard, 26 or more. They pass for a datagram of the conversation with at most 2^-80.
/// </remarks>
internal sealed class FecDecoder
{
    // Like kcp-go, which keeps three groups' worth of packets.
    private const int Groups = 3;

    // A datagram not restored by then was resent long ago. kcp-go keeps shards for 60 s, which wastes memory of idle sessions.
    private const int Lifetime = 4_000;

    // Three groups of 85 full datagrams. Larger shapes drop their oldest group earlier.
    private const int MaxHeld = 255;

    // A peer whose ids jumped back, or a forged id far ahead, must not block a place for ever.
    private const int StaleBeforeReopening = 8;

    // Groups in a row that parity must contradict: a single forged datagram must not discard the shape.
    private const int ContradictionsBeforeRestart = 3;

    private readonly ShardMemory _memory;
    private readonly ShapeLearner _learner;
    private readonly FecGroup[] _groups = new FecGroup[Groups];
    private Ring<FecShard> _restored;
    private FecShape _candidate;
    private byte[]? _taken;
    private int _held;
    private int _contradictions;
    private bool _isUnconfirmed;

    public FecDecoder(ShardMemory memory)
    {
        _memory = memory;
        _learner = new ShapeLearner(memory);
    }

    /// <summary>The peer's shape, once it is proven.</summary>
    public FecShape Shape { get; private set; }

    public bool HoldsShards => _held > 0;

    /// <summary>When to call <see cref="Expire"/>, if it holds shards.</summary>
    public uint ExpiresAt { get; private set; }

    /// <summary>Adds a shard. <see cref="TryTakeRecovered"/> then returns what it restores.</summary>
    public void Add(in FecHeader header, ReadOnlySpan<byte> shard, uint now)
    {
        if (shard.Length < FecShard.MinSize)
        {
            return;
        }

        if (!_candidate.IsKnown)
        {
            if (!_learner.Observe(header, out _candidate))
            {
                return;
            }

            _learner.Release();
        }

        int position = _candidate.Position(header.Id);
        if (header.IsParity != (position >= _candidate.Data))
        {
            if (header.IsParity)
            {
                ContradictGroupOf(header.Id, position);
                return;
            }

            Restart();
            _learner.Observe(header, out _);
            return;
        }

        ref FecGroup group = ref FindGroup(header.Id, position, out bool stale);
        if (stale || group.IsDone || !group.Add(_memory, position, !header.IsParity, shard))
        {
            return;
        }

        _held++;
        ExpiresAt = now + Lifetime;
        Solve(ref group);
        if (_held > MaxHeld)
        {
            CloseOldest();
        }
    }

    /// <summary>Returns the next restored data shard, valid until the next call of any member.</summary>
    public bool TryTakeRecovered(out ReadOnlySpan<byte> shard)
    {
        ReturnTaken();
        if (_restored.Count == 0)
        {
            if (_isUnconfirmed)
            {
                _isUnconfirmed = false;
                _contradictions = 0;
            }

            shard = default;
            return false;
        }

        FecShard first = _restored[0];
        _restored.RemoveFirst(_memory.ShardLists);
        _taken = first.Buffer;
        shard = first.Span;
        return true;
    }

    /// <summary>Rejects the shard taken last and the rest of its group: one of its shards was forged, or the shape is wrong.</summary>
    public void Doubt()
    {
        DropRestored();
        Contradict();
    }

    public void Expire(uint now)
    {
        if (HoldsShards && Segment.Distance(now, ExpiresAt) >= 0)
        {
            CloseAll();
        }
    }

    public void Release()
    {
        DropRestored();
        CloseAll();
        _learner.Release();
    }

    private ref FecGroup FindGroup(uint id, int position, out bool stale)
    {
        uint first = id - (uint)position;
        ref FecGroup group = ref GroupOf(id);
        int ahead = group.IsUsed ? Segment.Distance(first, group.Base) : 1;
        stale = ahead < 0 && ++group.Stale < StaleBeforeReopening;
        if (stale)
        {
            return ref group;
        }

        group.Stale = 0;
        if (ahead != 0)
        {
            Close(ref group);
            group.Open(_memory, first, _candidate.Total);
        }

        return ref group;
    }

    private ref FecGroup GroupOf(uint id) => ref _groups[id / (uint)_candidate.Total % Groups];

    /// <summary>
    /// Handles parity in a place of data. It or another shard of the group is forged, so nothing is restored from the group.
    /// </summary>
    private void ContradictGroupOf(uint id, int position)
    {
        ref FecGroup group = ref GroupOf(id);
        if (group.IsUsed && !group.IsDone && group.Base == id - (uint)position && group.DataCount > 0)
        {
            Close(ref group);
            Contradict();
        }
    }

    private void Contradict()
    {
        _isUnconfirmed = false;
        if (++_contradictions == ContradictionsBeforeRestart)
        {
            Restart();
        }
    }

    private void Solve(ref FecGroup group)
    {
        if (!Shape.IsKnown)
        {
            // Parity alone proves nothing, because all of it may be forged.
            if (group.Count <= _candidate.Data || group.DataCount == 0)
            {
                return;
            }

            if (!GroupSolver.Proves(ref group, _candidate, _memory.Buffers))
            {
                Close(ref group);
                Contradict();
                return;
            }

            Shape = _candidate;
        }

        if (group.Count < Shape.Data)
        {
            return;
        }

        if (group.DataCount < Shape.Data)
        {
            // Taking its shards will show whether it contradicts the shape.
            GroupSolver.Restore(ref group, Shape, _memory, ref _restored);
            _isUnconfirmed = true;
        }
        else
        {
            _contradictions = 0;
        }

        Close(ref group);
    }

    private void DropRestored()
    {
        ReturnTaken();
        while (_restored.Count > 0)
        {
            _memory.Buffers.Return(_restored[0].Buffer!);
            _restored.RemoveFirst(_memory.ShardLists);
        }
    }

    private void Restart()
    {
        DropRestored();
        CloseAll();
        Array.Clear(_groups, 0, Groups);
        _learner.Release();
        _candidate = default;
        Shape = default;
        _contradictions = 0;
        _isUnconfirmed = false;
    }

    private void CloseOldest()
    {
        int oldest = -1;
        for (int i = 0; i < Groups; i++)
        {
            if (_groups[i].Count > 0 && (oldest < 0 || Segment.Distance(_groups[i].Base, _groups[oldest].Base) < 0))
            {
                oldest = i;
            }
        }

        Close(ref _groups[oldest]);
    }

    private void CloseAll()
    {
        for (int i = 0; i < Groups; i++)
        {
            Close(ref _groups[i]);
        }
    }

    private void Close(ref FecGroup group)
    {
        _held -= group.Count;
        group.Close(_memory);
    }

    private void ReturnTaken()
    {
        if (_taken is { } buffer)
        {
            _memory.Buffers.Return(buffer);
            _taken = null;
        }
    }
}
