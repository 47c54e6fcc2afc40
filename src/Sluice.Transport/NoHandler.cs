using System.Net.Sockets;

namespace Sluice.Transport;

/// <summary>
/// Stands in until the owner has set its handler; a connection is paused until then, so only a loss of an empty one can be told.
/// </summary>
internal sealed class NoHandler : IConnectionHandler
{
    public static readonly NoHandler Instance = new();

    public void Received(Span<byte> data)
    {
    }

    public void Writable()
    {
    }

    public void Finished()
    {
    }

    /// <summary>What a dialled peer said before it reset the connection is kept for the handler to come.</summary>
    public bool Breaking(SocketError error) => true;

    public void Lost(SocketError error)
    {
    }
}
