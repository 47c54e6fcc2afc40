using Sluice.Daemon.Configuration.Kinds;
using Sluice.Gateway.Routing;
using Sluice.Registries.Kubernetes;

namespace Sluice.Daemon.Configuration;

/// <summary>The keys of <c>[kubernetes]</c>.</summary>
internal static class KubernetesKeys
{
    private const string Section = "kubernetes";
    private const int MaxSelectorChars = 1000;

    private static readonly PathKind Path = new();

    public static readonly ConfigurationKey<string> ApiServer = new(Section, "api_server",
        new TextKind("an address such as \"https://10.0.0.5:6443\", or \"\" for none", text => text.Length == 0 || RegistryText.IsEndpoint(text)), "",
        "For `kubernetes`: the API server; \"\" = that of the cluster which the gateway runs in, entered with its service account.");

    public static readonly ConfigurationKey<string> TokenFile = new(Section, "token_file", Path, "",
        "File with the bearer token; \"\" = that of the service account, or none with an `api_server`. Read at each request.");

    public static readonly ConfigurationKey<string> CaFile = new(Section, "ca_file", Path, "",
        "PEM file with the authorities that https is believed by; \"\" = that of the service account, or those of the system with an `api_server`.");

    public static readonly ConfigurationKey<string> Namespace = new(Section, "namespace",
        new TextKind("a name of small letters, digits and hyphens, or \"\" for none", text => text.Length == 0 || KubernetesNames.IsNamespace(text)), "",
        "Namespace of the pods; \"\" = that of the service account.");

    public static readonly ConfigurationKey<string> LabelSelector = new(Section, "label_selector",
        new TextKind("a selector, for example \"app=match\"", text => text.Length <= MaxSelectorChars && !text.Any(char.IsControl)), "",
        "Needed: which pods are nodes, as `kubectl get pods -l` takes it.");

    public static readonly ConfigurationKey<long> Port = new(Section, "port", new WholeNumberKind(0, 65535), 0,
        "Port of the nodes; 0 = the container port called `port_name`.");

    public static readonly ConfigurationKey<string> PortName = new(Section, "port_name",
        new TextKind("a name of up to 15 small letters, digits and hyphens, or \"\" for none", text => text.Length == 0 || KubernetesNames.IsPortName(text)), "",
        "Name of a container port; one of `port` and `port_name` is needed.");

    public static readonly ConfigurationKey<BackendProtocol> Protocol = new(Section, "protocol",
        new ChoiceKind<BackendProtocol>(("client", BackendProtocol.AsClient), ("tcp", BackendProtocol.Tcp), ("kcp", BackendProtocol.Kcp)), BackendProtocol.AsClient,
        "What the nodes speak; \"client\" = what the client's listener stands for.");

    public static readonly ConfigurationKey<string> NameLabel = new(Section, "name_label",
        new TextKind("the name of a label or annotation, or \"\" for none", text => text.Length == 0 || KubernetesNames.IsLabel(text)), "",
        "Label, or else annotation, whose value is the node's name; \"\" = the pod's name is.");

    /// <summary>Every key, in the order of the documentation.</summary>
    public static IReadOnlyList<ConfigurationKey> All { get; } =
        [ApiServer, TokenFile, CaFile, Namespace, LabelSelector, Port, PortName, Protocol, NameLabel];
}
