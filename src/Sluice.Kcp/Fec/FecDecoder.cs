using Sluice.Kcp.Arq;
using Sluice.Kcp.Buffers;

namespace Sluice.Kcp.Fec;

/// <summary>
/// Restores lost datagrams of a peer that sends FEC. Three steps make it certain of the peer's shape before it restores anything:
/// ids and kinds leave one shape only (<see cref="ShapeLearner"/>); then a group with one shard more than needed proves it by arithmetic;
/// and datagrams whose kind does not fit their id take it all back.
/// </summary>
internal sealed class FecDecoder
{
    // Like kcp-go, which keeps three groups' worth of packets.
    private const int Groups = 3;

    // A datagram not restored by then was resent long ago. kcp-go keeps them 60 s, memory that an idle session would hold for nothing.
    private const int Lifetime = 4_000;

    // Three groups of 85 full datagrams; larger shapes give up their oldest group earlier.
    private const int MostHeld = 255;

    // A peer whose ids jumped back, or a forged id far ahead, must not keep a place from the groups that come, for good.
    private const int StaleBeforeReopening = 8;

    // Parity names no conversation, so anybody can forge it. Data that contradicts is believed at once.
    private const int ContradictionsBeforeRestart = 3;

    private readonly KcpContext _context;
    private readonly ShapeLearner _learner;
    private readonly FecGroup[] _groups = new FecGroup[Groups];
    private Ring<FecShard> _restored;
    private FecShape _candidate;
    private byte[]? _taken;
    private int _held;
    private int _contradictions;

    public FecDecoder(KcpContext context)
    {
        _context = context;
        _learner = new ShapeLearner(context);
    }

    /// <summary>The peer's shape, once it is proven.</summary>
    public FecShape Shape { get; private set; }

    public bool HoldsShards => _held > 0;

    /// <summary>When to call <see cref="Expire"/>, where it holds shards.</summary>
    public uint ExpiresAt { get; private set; }

    /// <summary>Takes a shard; what it restores is then there for <see cref="TryTakeRecovered"/>.</summary>
    public void Add(in FecHeader header, ReadOnlySpan<byte> shard, uint now)
    {
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
            if (Shape.IsKnown && header.IsParity && ++_contradictions < ContradictionsBeforeRestart)
            {
                CloseIfCurrent(header.Id, position);
                return;
            }

            Restart();
            _learner.Observe(header, out _);
            return;
        }

        ref FecGroup group = ref FindGroup(header.Id, position, out bool stale);
        if (stale || group.IsDone || !group.Add(_context, position, !header.IsParity, shard))
        {
            return;
        }

        _held++;
        ExpiresAt = now + Lifetime;
        Solve(ref group);
        if (_held > MostHeld)
        {
            CloseOldest();
        }
    }

    /// <summary>The next restored data shard, valid until the next call of anything here.</summary>
    public bool TryTakeRecovered(out ReadOnlySpan<byte> shard)
    {
        ReturnTaken();
        if (_restored.Count == 0)
        {
            shard = default;
            return false;
        }

        FecShard first = _restored[0];
        _restored.RemoveFirst(_context.ShardLists);
        _taken = first.Buffer;
        shard = first.Span;
        return true;
    }

    /// <summary>What was restored made no sense: forget the shape.</summary>
    public void Doubt() => Restart();

    public void Expire(uint now)
    {
        if (HoldsShards && Segment.Distance(now, ExpiresAt) >= 0)
        {
            CloseAll();
        }
    }

    public void Release()
    {
        ReturnTaken();
        while (TryTakeRecovered(out _))
        {
        }

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
            group.Open(_context, first, _candidate.Total);
        }

        return ref group;
    }

    private ref FecGroup GroupOf(uint id) => ref _groups[id / (uint)_candidate.Total % Groups];

    /// <summary>One of the two lies, this datagram or another of its group: nothing is restored from it.</summary>
    private void CloseIfCurrent(uint id, int position)
    {
        ref FecGroup group = ref GroupOf(id);
        if (group.IsUsed && group.Base == id - (uint)position)
        {
            Close(ref group);
        }
    }

    private void Solve(ref FecGroup group)
    {
        if (!Shape.IsKnown)
        {
            if (group.Count <= _candidate.Data)
            {
                return;
            }

            if (!GroupSolver.Proves(ref group, _candidate, _context.Buffers))
            {
                Restart();
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
            GroupSolver.Restore(ref group, Shape, _context, ref _restored);
        }

        Close(ref group);
        _contradictions = 0;
    }

    private void Restart()
    {
        ReturnTaken();
        while (_restored.Count > 0)
        {
            _context.Buffers.Return(_restored[0].Buffer!);
            _restored.RemoveFirst(_context.ShardLists);
        }

        CloseAll();
        Array.Clear(_groups, 0, Groups);
        _learner.Release();
        _candidate = default;
        Shape = default;
        _contradictions = 0;
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
        group.Close(_context);
    }

    private void ReturnTaken()
    {
        if (_taken is { } buffer)
        {
            _context.Buffers.Return(buffer);
            _taken = null;
        }
    }
}
