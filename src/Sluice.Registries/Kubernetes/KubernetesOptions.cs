using Sluice.Gateway.Routing;

namespace Sluice.Registries.Kubernetes;

/// <summary>Where the API server of Kubernetes is, and which pods are nodes.</summary>
public sealed class KubernetesOptions
{
    /// <summary>The API server, <c>http</c> or <c>https</c>; null = that of the cluster which this process runs in.</summary>
    public Uri? ApiServer { get; init; }

    /// <summary>File with the bearer token, read at each request since tokens rotate; null = that of the service account, or none with an <see cref="ApiServer"/>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>PEM file with the authorities that an <c>https</c> server is believed by; null = those of the service account, or of the system with an <see cref="ApiServer"/>.</summary>
    public string? CaFile { get; init; }

    /// <summary>Namespace of the pods; null = that of the service account.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector of the pods, as <c>kubectl get pods -l</c> takes it; empty = every pod of the namespace.</summary>
    public string LabelSelector { get; init; } = "";

    /// <summary>Port of the nodes, 1 to 65535; 0 = the container port called <see cref="PortName"/>.</summary>
    public int Port { get; init; }

    /// <summary>Name of a container port, where <see cref="Port"/> is 0.</summary>
    public string PortName { get; init; } = "";

    /// <summary>What the nodes speak.</summary>
    public BackendProtocol Protocol { get; init; }

    /// <summary>Label, or else annotation, whose value is the name of a node; null = the name of the pod is.</summary>
    public string? NameLabel { get; init; }

    /// <summary>How long an answer may take: its headers, and the whole of a page.</summary>
    internal TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a watch is asked for. One that is silent for longer, and for <see cref="AnswerTimeout"/> more, hangs.</summary>
    internal TimeSpan WatchTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pods that are asked for at once.</summary>
    internal int PodsPerPage { get; init; } = 500;

    /// <summary>Where a cluster puts what its pods need to be let in.</summary>
    internal string ServiceAccountFolder { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Reads a variable of the environment, where a cluster tells its pods of the API server.</summary>
    internal Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;
}
