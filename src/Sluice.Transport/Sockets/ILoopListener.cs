using System.Net;

namespace Sluice.Transport.Sockets;

/// <summary>A listening socket of one loop, as <see cref="SharedPort{T}"/> needs it.</summary>
internal interface ILoopListener
{
    /// <summary>The local address, with the real port.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>Lets further sockets of this user join the port.</summary>
    void SharePort();

    /// <summary>Closes the socket. Called on its loop.</summary>
    void Close();
}
