using System.Net;

namespace Sluice.Transport.Sockets;

/// <summary>A listening socket.</summary>
internal abstract class ListenSocket
{
    /// <summary>The descriptor that a poller watches.</summary>
    public abstract nint Handle { get; }

    /// <summary>The local address; the port is the real one even if 0 was asked for.</summary>
    public abstract IPEndPoint LocalEndPoint { get; }

    /// <summary>Takes one waiting connection.</summary>
    public abstract AcceptStatus Accept(out StreamSocket? socket, out NetworkAddress remote);

    /// <summary>
    /// Lets further sockets of this user join the port. Only a socket that was bound without sharing is sure to have the port for itself,
    /// so the first one of a group is bound that way and calls this afterwards.
    /// </summary>
    /// <exception cref="NotSupportedException"><see cref="SocketPlatform.CanShareListenPort"/> is false.</exception>
    public virtual void SharePort() => throw new NotSupportedException();

    public abstract void Close();
}
