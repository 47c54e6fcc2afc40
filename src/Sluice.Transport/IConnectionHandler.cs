using System.Net.Sockets;

namespace Sluice.Transport;

/// <summary>Receives the events of a <see cref="Connection"/>, on its loop.</summary>
public interface IConnectionHandler
{
    /// <summary>
    /// Bytes arrived. They are the handler's until this returns, and it may change them in place. Copy what must outlive the call.
    /// </summary>
    void Received(Span<byte> data);

    /// <summary>Called after a <see cref="Connection.Write"/> that took fewer bytes than offered: more is taken now.</summary>
    void Writable();

    /// <summary>The peer has finished writing (FIN). Called once, after its last byte.</summary>
    void Finished();

    /// <summary>
    /// Called when the connection breaks while received bytes still wait to be pushed, and again each time pushing continues.
    /// </summary>
    /// <param name="error">What <see cref="Lost"/> will report.</param>
    /// <returns>
    /// True to be given those bytes first: <see cref="Lost"/> follows the last of them, so it waits while the connection is paused, and the
    /// handler must bound that time. False, the default, drops them: <see cref="Lost"/> follows at once.
    /// </returns>
    bool Breaking(SocketError error) => false;

    /// <summary>The connection is gone: reset, timed out, or failed. It is closed already, and the handler is not called again.</summary>
    void Lost(SocketError error);
}
