using System.Net.Sockets;
using Sluice.Transport.Loop;

namespace Sluice.Transport;

/// <summary>
/// Ends a connection so that its last bytes arrive: finishes writing, then reads and drops what still arrives until the peer finishes
/// too.
/// </summary>
/// <remarks>
/// A socket that is closed while bytes wait unread sends a reset, and a reset makes the peer drop what it has not read yet
/// (RFC 2525 2.17). Bounded in time and bytes, since the peer may send for ever.
/// </remarks>
public sealed class LingeringClose : IConnectionHandler, ITimerTarget
{
    private readonly Connection _connection;
    private readonly Action? _closed;
    private readonly TimerId _deadline;
    private long _bytesLeft;
    private bool _ended;

    private LingeringClose(Connection connection, long milliseconds, long maxBytes, Action? closed)
    {
        _connection = connection;
        _closed = closed;
        _bytesLeft = maxBytes;
        _deadline = connection.Loop.Schedule(this, milliseconds);
    }

    /// <summary>Takes over an open connection and ends it; the caller never touches it again.</summary>
    /// <param name="connection">The connection to end.</param>
    /// <param name="milliseconds">Milliseconds that the peer may take to finish.</param>
    /// <param name="maxBytes">Bytes that are read and dropped at most.</param>
    /// <param name="closed">Called on the loop when the connection is closed.</param>
    public static LingeringClose Begin(
        Connection connection, long milliseconds = 2000, long maxBytes = 4 * 1024 * 1024, Action? closed = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var lingering = new LingeringClose(connection, milliseconds, maxBytes, closed);
        connection.Handler = lingering;
        connection.FinishWriting();
        connection.Resume();
        return lingering;
    }

    /// <summary>Closes the connection now.</summary>
    public void End()
    {
        if (!_ended)
        {
            _ended = true;
            _connection.Loop.Cancel(_deadline);
            _connection.Close();
            _closed?.Invoke();
        }
    }

    void IConnectionHandler.Received(Span<byte> data)
    {
        _bytesLeft -= data.Length;
        if (_bytesLeft < 0)
        {
            End();
        }
    }

    void IConnectionHandler.Writable()
    {
        // Bytes that were not taken before the close are dropped.
    }

    void IConnectionHandler.Finished() => End();

    void IConnectionHandler.Lost(SocketError error) => End();

    void ITimerTarget.TimerDue(int kind) => End();
}
