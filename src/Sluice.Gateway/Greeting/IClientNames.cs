using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Sessions;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>Told by a greeting who its client is, where a proxy stands between, and decides whether that client is let in.</summary>
internal interface IClientNames
{
    /// <summary>The proxy's header was read.</summary>
    /// <returns>Null where the client may go on; else why not, with <see cref="EndReason.Denied"/> for one that gets no word.</returns>
    EndReason? Introduced(in ProxyHeader header);

    /// <summary>The client's request was read.</summary>
    /// <returns>As <see cref="Introduced(in ProxyHeader)"/>.</returns>
    EndReason? Introduced(UpgradeRequest request);

    /// <summary>True where a client that a header named and that is refused may be told so, which may take a TLS handshake; in a flood it is closed.</summary>
    bool MayTell();
}
