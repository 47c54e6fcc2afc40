using Sluice.Transport;

namespace Sluice.Gateway.Relaying;

/// <summary>Relays by way of the loop's scratch buffer: for any two connections.</summary>
internal sealed class CopyRelay : Relay
{
    public CopyRelay(Connection client, Connection backend, TimeSpan idleTimeout)
        : base(client.Loop, idleTimeout)
    {
        ClientEnd = new RelayEnd(this, client);
        BackendEnd = new RelayEnd(this, backend) { Peer = ClientEnd };
        ClientEnd.Peer = BackendEnd;
    }

    protected override RelayEnd ClientEnd { get; }

    protected override RelayEnd BackendEnd { get; }
}
