namespace Sluice.Kcp.Fec;

/// <summary>The shards of one group that have arrived.</summary>
internal struct FecGroup
{
    private FecShard[]? _shards;

    /// <summary>Id of the group's first shard.</summary>
    public uint Base { get; private set; }

    public int Count { get; private set; }

    public int DataCount { get; private set; }

    /// <summary>Whether the group is complete, restored or dropped, so that its later shards are useless.</summary>
    public bool IsDone { get; private set; }

    public bool IsUsed { get; private set; }

    /// <summary>Shards of earlier groups that arrived since this group was opened or received a shard.</summary>
    public int Stale { get; set; }

    public readonly ref FecShard this[int position] => ref _shards![position];

    public void Open(ShardMemory memory, uint firstId, int size)
    {
        _shards = memory.ShardLists.Rent(size);
        Base = firstId;
        Count = 0;
        DataCount = 0;
        IsDone = false;
        IsUsed = true;
        Stale = 0;
    }

    /// <summary>Adds a copy of a shard. Returns false if it is here already.</summary>
    public bool Add(ShardMemory memory, int position, bool isData, ReadOnlySpan<byte> bytes)
    {
        ref FecShard shard = ref _shards![position];
        if (shard.Buffer is not null)
        {
            return false;
        }

        shard.Buffer = memory.Buffers.Rent(bytes.Length);
        shard.Length = bytes.Length;
        bytes.CopyTo(shard.Buffer);
        Count++;
        DataCount += isData ? 1 : 0;
        return true;
    }

    /// <summary>Returns the memory, and ignores the rest of the group.</summary>
    public void Close(ShardMemory memory)
    {
        IsDone = true;
        if (_shards is not { } shards)
        {
            return;
        }

        for (int i = 0; i < shards.Length && Count > 0; i++)
        {
            if (shards[i].Buffer is { } buffer)
            {
                memory.Buffers.Return(buffer);
                shards[i] = default;
                Count--;
            }
        }

        Count = 0;
        memory.ShardLists.Return(shards);
        _shards = null;
    }
}
