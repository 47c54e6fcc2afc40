using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Greeting;

/// <summary>Learns from a greeting who its client is if a proxy stands in between, and decides whether that client may enter.</summary>
internal interface IClientIdentity
{
    /// <summary>Takes the proxy's header.</summary>
    AdmissionDecision Announced(in ProxyHeader header);

    /// <summary>Takes the client's request.</summary>
    /// <returns>Null if the client may go on; else why not. <see cref="EndReason.Denied"/> gets no answer.</returns>
    EndReason? Announced(UpgradeRequest request);
}
