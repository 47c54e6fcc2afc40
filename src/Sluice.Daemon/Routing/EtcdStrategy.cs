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
            ReadPassword = Registries.SecretReader(settings, EtcdKeys.PasswordFile),
            CaFile = Registries.OrNull(settings.Get(EtcdKeys.CaFile)),
            CertificateFile = Registries.OrNull(settings.Get(EtcdKeys.CertificateFile)),
            KeyFile = Registries.OrNull(settings.Get(EtcdKeys.KeyFile)),
        }),
        Registries.Options(settings),
        logger);

    public static void Look(Settings settings, FaultList faults) =>
        Registries.LookAtCertificates(settings, faults, EtcdKeys.CaFile, EtcdKeys.CertificateFile, EtcdKeys.KeyFile);

    public static void Check(Settings settings, FaultList faults)
    {
        IReadOnlyList<string> endpoints = settings.Get(EtcdKeys.Endpoints);
        if (endpoints.Count == 0)
        {
            Registries.Fault(settings, faults, EtcdKeys.Endpoints, "there is none; write for example [\"http://10.0.0.5:2379\"]");
        }

        Registries.ReadSecret(settings, faults, EtcdKeys.PasswordFile);
        Registries.CheckBoth(settings, faults, EtcdKeys.UserName, EtcdKeys.PasswordFile);
        Registries.CheckBoth(settings, faults, EtcdKeys.CertificateFile, EtcdKeys.KeyFile);
        if (endpoints.Any(endpoint => endpoint.StartsWith("http://", StringComparison.Ordinal)))
        {
            Registries.RefuseUnencrypted(settings, faults, "an endpoint", EtcdKeys.CaFile, EtcdKeys.CertificateFile);
        }
    }
}
