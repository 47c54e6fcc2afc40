using System.Net.Sockets;

namespace Sluice.Transport;

/// <summary>
/// The handler until the owner sets its own. A connection is paused until then, so only a loss without received bytes is reported.
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
