using Sluice.Gateway.Routing;

namespace Sluice.Registries.Kubernetes;

/// <summary>Where the API server of Kubernetes is, and which pods are nodes.</summary>
public sealed class KubernetesOptions
{
    /// <summary>The API server, <c>http</c> or <c>https</c>; null = that of the cluster that this process runs in.</summary>
    public Uri? ApiServer { get; init; }

    /// <summary>
    /// File with the bearer token, read for each request because tokens rotate; null = that of the service account, or none with an
    /// <see cref="ApiServer"/>.
    /// </summary>
    public string? TokenFile { get; init; }

    /// <summary>
    /// PEM file with the trusted authorities for an <c>https</c> server; null = those of the service account, or of the system with an
    /// <see cref="ApiServer"/>.
    /// </summary>
    public string? CaFile { get; init; }

    /// <summary>Namespace of the pods; null = that of the service account.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector of the pods, as for <c>kubectl get pods -l</c>; empty = every pod of the namespace.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>Port of the nodes, 1 to 65535; 0 = the container port called <see cref="PortName"/>.</summary>
    public int Port { get; init; }

    /// <summary>Name of a container port, if <see cref="Port"/> is 0.</summary>
    public string PortName { get; init; } = "";

    /// <summary>The protocol of the nodes.</summary>
    public BackendProtocol Protocol { get; init; }

    /// <summary>The label, or else annotation, whose value is the name of a node; null = the name of the pod.</summary>
    public string? NameLabel { get; init; }

    /// <summary>The time limit of an answer: its headers, and a whole page.</summary>
    internal TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The requested duration of a watch. A watch hangs if it is silent for longer than this plus <see cref="AnswerTimeout"/>.
    /// </summary>
    internal TimeSpan WatchTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pods per page.</summary>
    internal int PodsPerPage { get; init; } = 500;

    /// <summary>Where a cluster puts the credentials of its pods.</summary>
    internal string ServiceAccountFolder { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Reads an environment variable. A cluster passes the address of the API server to its pods in two of them.</summary>
    internal Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;
}
