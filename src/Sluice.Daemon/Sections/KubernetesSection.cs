using Microsoft.Extensions.Logging;
using Sluice.Daemon.Configuration;
using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Kubernetes;

namespace Sluice.Daemon.Sections;

/// <summary><c>[kubernetes]</c>: nodes in Kubernetes.</summary>
internal static class KubernetesSection
{
    private const int MaxSelectorChars = 1000;

    private static readonly PathKind Path = new();
    private static readonly KubernetesOptions Defaults = new();

    public static readonly Section Table = new("kubernetes") { Check = Check, CheckFiles = CheckFiles };

    public static readonly Setting<string> ApiServer = Table.Add("api_server",
        new TextKind(
            "an address such as \"https://10.0.0.5:6443\", or \"\" for none",
            text => text.Length == 0 || RegistryText.IsEndpoint(text)),
        Defaults.ApiServer?.OriginalString ?? "",
        "For [`kubernetes`](routing.md#nodes-in-kubernetes): the API server. "
        + "Empty = that of the cluster in which the gateway runs, with its service account.");

    public static readonly Setting<string> TokenFile = Table.Add("token_file", Path, Defaults.TokenFile ?? "",
        "File with the bearer token. Empty = that of the service account, or none if `api_server` is set. Read at each request.");

    public static readonly Setting<string> CaFile = Table.Add("ca_file", Path, Defaults.CaFile ?? "",
        "PEM file with the authorities that https trusts. Empty = those of the service account, or of the system if `api_server` is set.");

    public static readonly Setting<string> Namespace = Table.Add("namespace",
        new TextKind(
            "a name of small letters, digits and hyphens, or \"\" for none", text => text.Length == 0 || KubernetesNames.IsNamespace(text)),
        Defaults.Namespace ?? "",
        "Namespace of the pods. Empty = that of the service account.");

    public static readonly Setting<string> LabelSelector = Table.Add("label_selector",
        new TextKind("a selector, for example \"app=match\"", text => text.Length <= MaxSelectorChars && !text.Any(char.IsControl)),
        Defaults.LabelSelector,
        "Needed: which pods are nodes, in the syntax of `kubectl get pods -l`.");

    public static readonly Setting<int> Port = Table.Add("port", GateKinds.Port, Defaults.Port,
        "Port of the nodes. 0 = the container port with the name `port_name`.");

    public static readonly Setting<string> PortName = Table.Add("port_name",
        new TextKind(
            "a name of up to 15 small letters, digits and hyphens, or \"\" for none",
            text => text.Length == 0 || KubernetesNames.IsPortName(text)),
        Defaults.PortName,
        "Name of a container port. One of `port` and `port_name` is needed.");

    public static readonly Setting<BackendProtocol> Protocol = Table.Add("protocol",
        new ChoiceKind<BackendProtocol>(("client", BackendProtocol.AsClient), ("tcp", BackendProtocol.Tcp), ("kcp", BackendProtocol.Kcp)),
        Defaults.Protocol,
        "Protocol of the nodes. \"client\" = the default of the client's listener.");

    public static readonly Setting<string> NameLabel = Table.Add("name_label",
        new TextKind("the name of a label or annotation, or \"\" for none", text => text.Length == 0 || KubernetesNames.IsLabel(text)),
        Defaults.NameLabel ?? "",
        "Label, or else annotation, whose value is the node's name. Empty = the pod's name.");

    /// <summary>Creates the strategy.</summary>
    public static IBackendResolver Create(Settings settings, ILogger logger) =>
        new RegistryResolver(new KubernetesSource(Build(settings)), RegistrySettings.Options(settings), logger);

    private static KubernetesOptions Build(Settings settings) => new()
    {
        ApiServer = settings.Get(ApiServer).OrNull() is { } server ? new Uri(server) : null,
        TokenFile = settings.Get(TokenFile).OrNull(),
        CaFile = settings.Get(CaFile).OrNull(),
        Namespace = settings.Get(Namespace).OrNull(),
        LabelSelector = settings.Get(LabelSelector),
        Port = settings.Get(Port),
        PortName = settings.Get(PortName),
        Protocol = settings.Get(Protocol),
        NameLabel = settings.Get(NameLabel).OrNull(),
    };

    private static void Check(Settings settings, FaultList faults)
    {
        if (settings.Get(LabelSelector).Length == 0)
        {
            RegistrySettings.Fault(
                settings, faults, LabelSelector, "there is none; write which pods are nodes, for example \"app=match\"");
        }

        if ((settings.Get(Port) == 0) == (settings.Get(PortName).Length == 0))
        {
            RegistrySettings.Fault(settings, faults, Port, "write either it or port_name, and not both");
        }

        string server = settings.Get(ApiServer);
        if (server.Length > 0 && settings.Get(Namespace).Length == 0)
        {
            RegistrySettings.Fault(
                settings, faults, Namespace,
                "with an api_server there is no service account to take it from; write the namespace of the pods");
        }

        if (server.StartsWith("http://", StringComparison.Ordinal))
        {
            RegistrySettings.RejectUnencrypted(settings, faults, "api_server", TokenFile, CaFile);
        }
    }

    private static void CheckFiles(Settings settings, FaultList faults)
    {
        RegistrySettings.CheckCertificates(settings, faults, CaFile);
        RegistrySettings.CheckFile(settings, faults, TokenFile);
    }
}
