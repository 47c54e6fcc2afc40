using Sluice.Testing.Gateways;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;

namespace Sluice.WebSocket.Tests.Protocol;

/// <summary>One gateway and one echo for all cases: a message comes back as a message, since both framings have lengths.</summary>
public sealed class EchoGate : IAsyncLifetime
{
    private TestBackend _backend = null!;

    internal GatewayWorld World { get; private set; } = null!;

    internal string Key => _backend.Key;

    public async ValueTask InitializeAsync()
    {
        _backend = TestBackend.StartEcho();

        // Time stands still: what clients send after the gateway's close is read to its end, however slow this machine is.
        World = await WsWorld.StartAsync(
            gate => gate with
            {
                Compression = true,
                MaxMessageBytes = ProtocolTests.MaxMessageBytes,
                ToClient = WebSocketFraming.LengthPrefixed,
            },
            virtualTime: true);
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await _backend.DisposeAsync();
    }
}
