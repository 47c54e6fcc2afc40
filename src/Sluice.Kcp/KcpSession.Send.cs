namespace Sluice.Kcp;

/// <content>Accepts bytes to send.</content>
public sealed partial class KcpSession
{
    // frg is one byte.
    private const int MaxFragments = 255;

    /// <summary>Segments waiting and in flight (ikcp: <c>waitsnd</c>).</summary>
    public int SendBacklog => _send.Count;

    /// <summary>Segments sent that the peer's una does not cover yet (ikcp: <c>nsnd_buf</c>).</summary>
    public int InFlight => _send.InFlight;

    /// <summary>Whether everything sent has arrived.</summary>
    public bool IsSendDrained => _send.Count == 0;

    /// <summary>
    /// Bytes that <see cref="Send"/> is certain to take now, by <see cref="KcpOptions.SendQueueLimit"/>; for back-pressure. For a stream to
    /// an unproven peer (<see cref="IsPeerProven"/>) it is little more than the peer sent.
    /// </summary>
    public int SendRoom
    {
        get
        {
            int room = _isDead ? 0 : Math.Max(0, _options.QueueLimit - _send.Count) * _mss;
            return Math.Min(room, _proof.Room);
        }
    }

    /// <summary>
    /// Bytes that can leave with the next flush: what both windows still allow, and the congestion window if it is on.
    /// An owner that reads no more than this from its source keeps nothing waiting here.
    /// </summary>
    public int WindowRoom => _isDead ? 0 : Math.Max(0, Window - _send.Count) * _mss;

    private int Window
    {
        get
        {
            int window = Math.Min(_options.SendWindow, _remoteWindow);
            return _options.NoCongestionWindow ? window : Math.Min(window, (int)_congestion.Size);
        }
    }

    /// <summary>
    /// Takes bytes to send (ikcp: <c>send</c>). They are copied into segments and leave with the next <see cref="Update"/>.
    /// In stream mode it takes as many as there is room for (<see cref="SendRoom"/>); in message mode, all or none, as one message.
    /// </summary>
    /// <param name="data">The bytes. If there are none, nothing is sent, because an empty segment blocks kcp-go's reader for ever.</param>
    /// <returns>Bytes taken.</returns>
    /// <exception cref="ArgumentException">
    /// In message mode: the message has more than 255 segments, or more than the whole queue can hold.
    /// </exception>
    public int Send(ReadOnlySpan<byte> data)
    {
        if (_isDead || data.IsEmpty)
        {
            return 0;
        }

        int taken = _options.StreamMode ? SendStream(data) : SendMessage(data);
        _proof.Accepted(taken);
        if (_send.Waiting > 0 && _send.InFlight < Window)
        {
            _flushSoon = true;
        }

        return taken;
    }

    private int SendStream(ReadOnlySpan<byte> data)
    {
        data = data.Slice(0, Math.Min(data.Length, _proof.Room));

        // Writes to an unproven peer do not share a segment: the first segment is resent, so it should stay short.
        int taken = _proof.IsProven ? _send.Extend(_context.Segments, data, _mss) : 0;
        while (taken < data.Length && _send.Count < _options.QueueLimit)
        {
            ReadOnlySpan<byte> part = data.Slice(taken, Math.Min(_mss, data.Length - taken));
            _send.Add(_context.Segments, part, part.Length, 0);
            taken += part.Length;
        }

        return taken;
    }

    private int SendMessage(ReadOnlySpan<byte> data)
    {
        int count = (data.Length + _mss - 1) / _mss;
        if (count > Math.Min(MaxFragments, _options.QueueLimit))
        {
            throw new ArgumentException("the message is longer than 255 segments or than the send queue", nameof(data));
        }

        if (_send.Count + count > _options.QueueLimit)
        {
            return 0;
        }

        for (int left = count - 1; left >= 0; left--)
        {
            ReadOnlySpan<byte> part = data.Slice((count - 1 - left) * _mss, left == 0 ? data.Length - ((count - 1) * _mss) : _mss);
            _send.Add(_context.Segments, part, part.Length, (byte)left);
        }

        return data.Length;
    }
}
