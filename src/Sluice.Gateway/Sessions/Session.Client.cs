using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Gateway.Vocabulary;
using Sluice.Transport;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Sessions;

/// <content>Who the client is. If a trusted proxy speaks for it, it is admitted only when the proxy has named it.</content>
internal sealed partial class Session : IClientIdentity
{
    private AnnouncedClient? _announced;

    /// <summary>The client: the peer of the connection, or the client that a trusted proxy names.</summary>
    public NetworkAddress ClientAddress => _announced?.Client ?? _client.RemoteAddress;

    AdmissionDecision IClientIdentity.Announced(in ProxyHeader header)
    {
        if (header.HasAddresses)
        {
            _announced = new AnnouncedClient(header.Source, header.Destination);
        }

        if (_gate.Forwarders.Contains(ClientAddress))
        {
            // Its request names the client.
            return AdmissionDecision.EnterUncounted;
        }

        AdmissionDecision decision = _sessions.Decide(ClientAddress, _gate);
        IsCounted = decision.IsCounted;
        return decision;
    }

    EndReason? IClientIdentity.Announced(UpgradeRequest request)
    {
        if (IsCounted)
        {
            return null;
        }

        NetworkAddress client = ForwardedFor.Client(request, ClientAddress, _gate.Forwarders);
        if (client != ClientAddress)
        {
            _announced = new AnnouncedClient(client, _announced?.Destination);
        }

        EndReason? rejection = _sessions.Enter(client);
        IsCounted = rejection is null;
        return rejection;
    }

    /// <summary>What a proxy announced. An object of its own, because most sessions have none.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Destination">The address that the client connected to, if the proxy says.</param>
    private sealed record AnnouncedClient(NetworkAddress Client, NetworkAddress? Destination);
}
