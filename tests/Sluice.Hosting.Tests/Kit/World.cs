using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sluice.Gateway;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Vocabulary;

namespace Sluice.Hosting.Tests.Kit;

/// <summary>A host with a gateway, as a program would build it.</summary>
internal static class World
{
    public static HostApplicationBuilder NewHost(RecordedLog? log = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        if (log is not null)
        {
            builder.Logging.AddProvider(log);
        }

        return builder;
    }

    /// <summary>A TCP listener on a free port of the loopback.</summary>
    public static GatewayOptions FreePort(GatewayOptions options) =>
        options with { Loops = 1, Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = 0 } };

    /// <summary>The same on a port that the system gives to nobody else: once the gateway is gone, nobody listens there.</summary>
    public static GatewayOptions OwnPort(GatewayOptions options) =>
        FreePort(options) with { Tcp = new TcpGateOptions { Bind = IPAddress.Loopback, Port = Sluice.Testing.Sockets.FreePort.Take(1)[0] } };

    public static IPEndPoint TcpOf(IHost host) =>
        host.Services.GetRequiredService<ISluiceListeners>().Listeners.Single(listener => listener.Protocol == Protocol.Tcp).EndPoint;
}
