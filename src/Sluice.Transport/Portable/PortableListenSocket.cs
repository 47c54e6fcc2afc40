using System.Net;
using System.Net.Sockets;
using Sluice.Transport.Sockets;

namespace Sluice.Transport.Portable;

/// <summary>A listening <see cref="Socket"/>.</summary>
internal sealed class PortableListenSocket(Socket socket, IPEndPoint localEndPoint, Action<Socket> setOptions) : ListenSocket
{
    public override nint Handle => socket.Handle;

    public override IPEndPoint LocalEndPoint => localEndPoint;

    public override AcceptStatus Accept(out StreamSocket? accepted, out NetworkAddress remote)
    {
        accepted = null;
        remote = default;

        // Accept throws if nothing waits; asking first is cheaper than an exception at the end of every burst.
        if (!socket.Poll(0, SelectMode.SelectRead))
        {
            return AcceptStatus.WouldBlock;
        }

        Socket? connection = null;
        try
        {
            connection = socket.Accept();
            connection.Blocking = false;
            setOptions(connection);
            remote = NetworkAddress.From((IPEndPoint)connection.RemoteEndPoint!);
            accepted = new PortableStreamSocket(connection);
            return AcceptStatus.Accepted;
        }
        catch (SocketException failure)
        {
            connection?.Dispose();
            return failure.SocketErrorCode switch
            {
                SocketError.WouldBlock => AcceptStatus.WouldBlock,
                SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable => AcceptStatus.OutOfResources,
                _ => AcceptStatus.ConnectionFailed,
            };
        }
    }

    public override void Close() => socket.Dispose();
}
