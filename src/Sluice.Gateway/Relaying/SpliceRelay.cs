using System.Runtime.Versioning;
using Sluice.Transport.Linux;
using Sluice.Transport.Tcp;

namespace Sluice.Gateway.Relaying;

/// <summary>Relays two plain TCP connections without copying: the bytes pass through a kernel pipe (splice(2)).</summary>
[SupportedOSPlatform("linux")]
internal sealed class SpliceRelay : Relay
{
    public SpliceRelay(TcpConnection client, TcpConnection backend, TimeSpan idleTimeout, SplicePipePool pipes)
        : base(client.Loop, idleTimeout)
    {
        ClientEnd = new SpliceEnd(this, client, pipes);
        BackendEnd = new SpliceEnd(this, backend, pipes) { Peer = ClientEnd };
        ClientEnd.Peer = BackendEnd;
    }

    protected override RelayEnd ClientEnd { get; }

    protected override RelayEnd BackendEnd { get; }
}
