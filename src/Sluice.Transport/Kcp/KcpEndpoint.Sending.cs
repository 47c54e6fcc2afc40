using Sluice.Transport.Loop;

namespace Sluice.Transport.Kcp;

/// <content>What the sessions send, and what waits while the socket is full.</content>
internal sealed partial class KcpEndpoint
{
    /// <summary>
    /// Most bytes that wait for the full socket of a dialled session: a window of full datagrams. A port keeps as much as its socket buffer
    /// should hold, which the system may not have granted.
    /// </summary>
    private const int OnePeerUnsentBytes = 256 * 1024;

    private const PollEvents Watched = PollEvents.Readable | PollEvents.Broken | PollEvents.WritableOnDemand;

    private long _dropped;
    private bool _awaitsRoom;

    private void Flush()
    {
        _batch.Flush();
        if (_dropped != _batch.Dropped)
        {
            _loop.DatagramsDropped += _batch.Dropped - _dropped;
            _dropped = _batch.Dropped;
        }

        WatchForRoom();
    }

    /// <summary>
    /// Watches for writability while datagrams wait, and only then: otherwise each datagram that leaves would wake the loop.
    /// </summary>
    private void WatchForRoom()
    {
        if (_awaitsRoom != _batch.IsBlocked)
        {
            _awaitsRoom = _batch.IsBlocked;
            _loop.ChangeWatch(_socket.Handle, _token, _awaitsRoom ? Watched | PollEvents.Writable : Watched);
        }
    }

    /// <summary>The socket takes more.</summary>
    private void SendKept()
    {
        _batch.SendKept();
        WatchForRoom();
    }
}
