using System.Net;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Redis;

namespace Sluice.Daemon.Routing;

/// <summary>Nodes in Redis.</summary>
internal static class RedisStrategy
{
    public static IBackendResolver Create(Settings settings, ILogger logger) => new RegistryResolver(
        new RedisSource(
            new RedisOptions
            {
                Server = Server(settings.Get(RedisKeys.Connect)),
                Prefix = settings.Get(RedisKeys.Prefix),
                Database = settings.GetInt(RedisKeys.Database),
                Username = Registries.OrNull(settings.Get(RedisKeys.UserName)),
                ReadPassword = Registries.SecretReader(settings, RedisKeys.PasswordFile),
                Tls = settings.Get(RedisKeys.Tls),
                CaFile = Registries.OrNull(settings.Get(RedisKeys.CaFile)),
            },
            logger),
        Registries.Options(settings),
        logger);

    public static void Look(Settings settings, FaultList faults) => Registries.LookAtCertificates(settings, faults, RedisKeys.CaFile);

    public static void Check(Settings settings, FaultList faults)
    {
        Registries.ReadSecret(settings, faults, RedisKeys.PasswordFile);
        if (settings.Get(RedisKeys.UserName).Length > 0 && settings.Get(RedisKeys.PasswordFile).Length == 0)
        {
            Registries.Fault(settings, faults, RedisKeys.UserName, "it needs password_file beside it; write both");
        }

        if (settings.Get(RedisKeys.CaFile).Length > 0 && !settings.Get(RedisKeys.Tls))
        {
            // Who names an authority believes that the connection is protected.
            Registries.Fault(settings, faults, RedisKeys.CaFile, "nothing is encrypted; set tls = true, or take the line out");
        }
    }

    private static EndPoint Server(string text)
    {
        int colon = text.LastIndexOf(':');
        int port = int.Parse(text.AsSpan(colon + 1));
        string host = text[..colon].Trim('[', ']');
        return IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
    }
}
