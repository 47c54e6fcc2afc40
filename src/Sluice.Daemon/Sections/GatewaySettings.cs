using Sluice.Daemon.Configuration;
using Sluice.Gateway;
using Sluice.Gateway.Gates;

namespace Sluice.Daemon.Sections;

/// <summary>The gateway's options, from all sections that set some.</summary>
internal static class GatewaySettings
{
    /// <summary>Returns the gateway's options, without a resolver.</summary>
    public static GatewayOptions ToGatewayOptions(this Settings settings)
    {
        KcpGateOptions kcp = KcpGateSection.Build(settings);
        bool servesKcp = settings.Get(KcpGateSection.Enabled);
        return PolicySection.Table.Build(settings, CommonSection.Build(settings)) with
        {
            Tcp = TcpGateSection.Build(settings),
            Kcp = servesKcp ? kcp : null,
            KcpBackends = servesKcp ? null : kcp,
            WebSocket = WebSocketGateSection.Build(settings),
            Limits = LimitsSection.Table.Build(settings),
            Clients = ClientsSection.Table.Build(settings),
        };
    }
}
