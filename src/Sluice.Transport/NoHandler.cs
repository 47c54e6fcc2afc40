using System.Net.Sockets;

namespace Sluice.Transport;

/// <summary>Stands in until the owner has set its handler; a connection is paused until then, so only a loss can be told.</summary>
internal sealed class NoHandler : IConnectionHandler
{
    public static readonly NoHandler Instance = new();

    public void Received(ReadOnlySpan<byte> data)
    {
    }

    public void Writable()
    {
    }

    public void Finished()
    {
    }

    public void Lost(SocketError error)
    {
    }
}
