using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Etcd;

namespace Sluice.Daemon.Routing;

/// <summary>Nodes in etcd.</summary>
internal static class EtcdStrategy
{
    public static IBackendResolver Create(Settings settings, ILogger logger) => new RegistryResolver(
        new EtcdSource(new EtcdOptions
        {
            Endpoints = [.. settings.Get(EtcdKeys.Endpoints).Select(endpoint => new Uri(endpoint))],
            Prefix = settings.Get(EtcdKeys.Prefix),
            Username = Registries.OrNull(settings.Get(EtcdKeys.UserName)),
            Password = settings.SecretOf(EtcdKeys.PasswordFile)?.Text,
            CaFile = Registries.OrNull(settings.Get(EtcdKeys.CaFile)),
            CertificateFile = Registries.OrNull(settings.Get(EtcdKeys.CertificateFile)),
            KeyFile = Registries.OrNull(settings.Get(EtcdKeys.KeyFile)),
        }),
        Registries.Options(settings),
        logger);

    public static void Check(Settings settings, FaultList faults)
    {
        IReadOnlyList<string> endpoints = settings.Get(EtcdKeys.Endpoints);
        if (endpoints.Count == 0)
        {
            Registries.Fault(settings, faults, EtcdKeys.Endpoints, "there is none; write for example [\"http://10.0.0.5:2379\"]");
        }

        Registries.ReadSecret(settings, faults, EtcdKeys.PasswordFile);
        if ((settings.Get(EtcdKeys.UserName).Length > 0) != (settings.Get(EtcdKeys.PasswordFile).Length > 0))
        {
            bool user = settings.Get(EtcdKeys.UserName).Length > 0;
            Registries.Fault(settings, faults, user ? EtcdKeys.UserName : EtcdKeys.PasswordFile, $"it needs {(user ? "password_file" : "username")} beside it; write both");
        }

        if ((settings.Get(EtcdKeys.CertificateFile).Length > 0) != (settings.Get(EtcdKeys.KeyFile).Length > 0))
        {
            bool certificate = settings.Get(EtcdKeys.CertificateFile).Length > 0;
            Registries.Fault(settings, faults, certificate ? EtcdKeys.CertificateFile : EtcdKeys.KeyFile, $"it needs {(certificate ? "key_file" : "cert_file")} beside it; write both");
        }

        if (endpoints.Any(endpoint => endpoint.StartsWith("http://", StringComparison.Ordinal)))
        {
            // Who names a certificate believes that it protects every connection.
            foreach (ConfigurationKey<string> key in new[] { EtcdKeys.CaFile, EtcdKeys.CertificateFile }.Where(key => settings.Get(key).Length > 0))
            {
                Registries.Fault(settings, faults, key, "an endpoint begins with http://, which is not encrypted; write https://");
            }
        }
    }
}
