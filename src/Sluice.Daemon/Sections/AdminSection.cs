using System.Net;
using Sluice.Daemon.Admin;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;

namespace Sluice.Daemon.Sections;

/// <summary><c>[admin]</c>: the endpoint that reports health and metrics.</summary>
internal static class AdminSection
{
    public static readonly Section<AdminOptions> Table = new("admin", new AdminOptions()) { Check = Check };

    public static readonly Setting<bool> Enabled = Table.Add("enabled", new TruthKind(),
        "Whether `/healthz`, `/readyz` and `/metrics` are served over HTTP. See [the admin endpoint](admin.md).",
        options => options.Enabled, (options, value) => options with { Enabled = value });

    public static readonly Setting<IPAddress?> Bind = Table.Add("bind", GateKinds.Address,
        "Address to listen on. One that is not a loopback address needs `token`.",
        options => options.Bind, (options, value) => options with { Bind = value });

    public static readonly Setting<int> Port = Table.Add("port", GateKinds.Port,
        "TCP port. 0 takes a free one, which the `ready` line names. No client can reach it as a backend.",
        options => options.Port, (options, value) => options with { Port = value });

    public static readonly Setting<string> Token = Table.Add("token", new SecretTextKind(),
        "Token that `Authorization: Bearer` must carry to read `/metrics` and the details of `/readyz`. Empty = none is needed.",
        options => options.Token, (options, value) => options with { Token = value });

    /// <summary>Returns the options of the endpoint.</summary>
    public static AdminOptions Build(Settings settings) => Table.Build(settings) with
    {
        IsConfigured = Table.IsWritten(settings),
        GatewayPorts = [.. GatewayPorts(settings)],
    };

    private static IEnumerable<int> GatewayPorts(Settings settings)
    {
        if (settings.Get(TcpGateSection.Enabled))
        {
            yield return settings.Get(TcpGateSection.Port);
        }

        if (settings.Get(WebSocketGateSection.Enabled))
        {
            yield return settings.Get(WebSocketGateSection.Port);
        }
    }

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(Enabled)
            && settings.Get(Token).Length == 0
            && (settings.Get(Bind) is not { } bind || !IPAddress.IsLoopback(bind)))
        {
            faults.Add(
                settings.PlaceOf(Bind),
                $"{Bind}: whoever reaches an address that is not of the loopback could read everything; "
                + "write a token beside it (openssl rand -hex 32), or bind = \"127.0.0.1\"");
        }
    }
}
