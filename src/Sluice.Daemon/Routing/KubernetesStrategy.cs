using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Kubernetes;

namespace Sluice.Daemon.Routing;

/// <summary>Nodes in Kubernetes.</summary>
internal static class KubernetesStrategy
{
    public static IBackendResolver Create(Settings settings, ILogger logger) => new RegistryResolver(
        new KubernetesSource(new KubernetesOptions
        {
            ApiServer = Registries.OrNull(settings.Get(KubernetesKeys.ApiServer)) is { } server ? new Uri(server) : null,
            TokenFile = Registries.OrNull(settings.Get(KubernetesKeys.TokenFile)),
            CaFile = Registries.OrNull(settings.Get(KubernetesKeys.CaFile)),
            Namespace = Registries.OrNull(settings.Get(KubernetesKeys.Namespace)),
            LabelSelector = settings.Get(KubernetesKeys.LabelSelector),
            Port = settings.GetInt(KubernetesKeys.Port),
            PortName = settings.Get(KubernetesKeys.PortName),
            Protocol = settings.Get(KubernetesKeys.Protocol),
            NameLabel = Registries.OrNull(settings.Get(KubernetesKeys.NameLabel)),
        }),
        Registries.Options(settings),
        logger);

    public static void Look(Settings settings, FaultList faults)
    {
        Registries.LookAtCertificates(settings, faults, KubernetesKeys.CaFile);
        Registries.LookAtFile(settings, faults, KubernetesKeys.TokenFile);
    }

    public static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(KubernetesKeys.LabelSelector).Length == 0)
        {
            Registries.Fault(settings, faults, KubernetesKeys.LabelSelector, "there is none; write which pods are nodes, for example \"app=match\"");
        }

        if ((settings.Get(KubernetesKeys.Port) == 0) == (settings.Get(KubernetesKeys.PortName).Length == 0))
        {
            Registries.Fault(settings, faults, KubernetesKeys.Port, "write either it or port_name, and not both");
        }

        string server = settings.Get(KubernetesKeys.ApiServer);
        if (server.Length > 0 && settings.Get(KubernetesKeys.Namespace).Length == 0)
        {
            Registries.Fault(settings, faults, KubernetesKeys.Namespace, "with an api_server there is no service account to take it from; write the namespace of the pods");
        }

        if (server.StartsWith("http://", StringComparison.Ordinal))
        {
            Registries.RefuseUnencrypted(settings, faults, "api_server", KubernetesKeys.TokenFile, KubernetesKeys.CaFile);
        }
    }
}
