using Sluice.Gateway.Greeting;
using Sluice.Gateway.ProxyProtocol;
using Sluice.Transport;
using Sluice.Transport.WebSocket;

namespace Sluice.Gateway.Sessions;

/// <content>Who the client is, and whether it may come in: asked once a trusted proxy has said for whom it speaks.</content>
internal sealed partial class Session : IClientNames
{
    private Announced? _announced;

    /// <summary>The client: the other end of the connection, or whom a trusted proxy names.</summary>
    public NetworkAddress ClientAddress => _announced?.Client ?? _client.RemoteAddress;

    EndReason? IClientNames.Introduced(in ProxyHeader header)
    {
        if (header.HasAddresses)
        {
            _announced = new Announced(header.Source, header.Destination);
        }

        return _gate.Forwarders.Contains(ClientAddress) ? null : Enter();
    }

    bool IClientNames.MayTell() => _worker.MayTell(_gate);

    EndReason? IClientNames.Introduced(UpgradeRequest request)
    {
        if (IsCounted)
        {
            return null;
        }

        NetworkAddress client = ForwardedFor.Client(request, ClientAddress, _gate.Forwarders);
        if (client != ClientAddress)
        {
            _announced = new Announced(client, _announced?.Destination);
        }

        return Enter();
    }

    private EndReason? Enter()
    {
        EndReason? refusal = _worker.Admit(ClientAddress);
        IsCounted = refusal is null;
        return refusal;
    }

    /// <summary>Whom a proxy announced; beside the session, since most have none.</summary>
    /// <param name="Client">The client.</param>
    /// <param name="Destination">What it connected to, where that was said.</param>
    private sealed record Announced(NetworkAddress Client, NetworkAddress? Destination);
}
