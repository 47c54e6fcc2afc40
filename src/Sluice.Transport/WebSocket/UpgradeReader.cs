namespace Sluice.Transport.WebSocket;

/// <summary>
/// Puts the head of an upgrade request together, however its bytes are split. Nothing is kept of a request that comes in one piece.
/// </summary>
public struct UpgradeReader
{
    private byte[]? _head;
    private int _count;

    /// <summary>True for a HEAD, whose answer has no body.</summary>
    public bool IsHead { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">What arrived.</param>
    /// <param name="request">The request, if it is complete and valid.</param>
    /// <param name="consumed">How many bytes of <paramref name="data"/> belong to it; the rest follows it.</param>
    /// <returns>With what to answer, or <see cref="UpgradeStatus.Incomplete"/>.</returns>
    public UpgradeStatus Feed(ReadOnlySpan<byte> data, out UpgradeRequest? request, out int consumed)
    {
        int before = _count;
        ReadOnlySpan<byte> all = data;
        if (_head is not null)
        {
            int taken = Math.Min(data.Length, UpgradeParser.MaxHeadBytes - before);
            Keep(data[..taken]);
            all = _head.AsSpan(0, _count);
        }

        IsHead = all.StartsWith("HEAD "u8);
        UpgradeStatus status = UpgradeParser.Parse(all, before, out int end, out request);
        consumed = Math.Max(0, end - before);
        if (status == UpgradeStatus.Incomplete && _head is null)
        {
            Keep(data);
        }
        else if (status != UpgradeStatus.Incomplete)
        {
            _head = null;
        }

        return status;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        int needed = _count + data.Length;
        if (_head is null || _head.Length < needed)
        {
            Array.Resize(ref _head, Math.Min(UpgradeParser.MaxHeadBytes, Math.Max(needed, 2 * _count)));
        }

        data.CopyTo(_head.AsSpan(_count));
        _count = needed;
    }
}
