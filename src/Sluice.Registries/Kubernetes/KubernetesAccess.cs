using System.Globalization;
using System.Net;
using System.Text;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Transport.Files;

namespace Sluice.Registries.Kubernetes;

/// <summary>How to access the API server: as configured, and otherwise with what a cluster gives its pods.</summary>
internal sealed class KubernetesAccess
{
    /// <summary>Tokens have one or two thousand bytes. A larger file was named by mistake.</summary>
    private const int MaxFileBytes = 65_536;

    private readonly string? _tokenFile;

    /// <summary>Finds everything but the token.</summary>
    /// <exception cref="NodeSourceException">Something is missing.</exception>
    public KubernetesAccess(KubernetesOptions options)
    {
        bool inCluster = options.ApiServer is null;
        string InFolder(string file) => Path.Combine(options.ServiceAccountFolder, file);
        Server = options.ApiServer ?? ServerOfCluster(options.Variable);
        _tokenFile = options.TokenFile ?? (inCluster ? InFolder("token") : null);
        CaFile = options.CaFile ?? (inCluster ? InFolder("ca.crt") : null);
        Namespace = options.Namespace ?? Read(InFolder("namespace"));
        if (!KubernetesNames.IsNamespace(Namespace))
        {
            throw new NodeSourceException(
                $"{options.Namespace ?? InFolder("namespace")} is not, or does not hold, the name of a namespace");
        }
    }

    public Uri Server { get; }

    public string? CaFile { get; }

    public string Namespace { get; }

    /// <summary>Returns the current token; null = none is used.</summary>
    /// <exception cref="NodeSourceException">The file holds no token.</exception>
    public string? ReadToken()
    {
        if (_tokenFile is null)
        {
            return null;
        }

        string token = Read(_tokenFile);
        return token.Length > 0 && token.All(c => c is > ' ' and <= '~')
            ? token
            : throw new NodeSourceException($"{_tokenFile} holds no token");
    }

    private static Uri ServerOfCluster(Func<string, string?> variable)
    {
        string host = variable("KUBERNETES_SERVICE_HOST") ?? "";
        host = IPAddress.TryParse(host, out IPAddress? address) && address.GetAddressBytes().Length == 16 ? $"[{address}]" : host;
        return host.Length > 0
            && int.TryParse(variable("KUBERNETES_SERVICE_PORT"), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && Uri.TryCreate($"https://{host}:{port}", UriKind.Absolute, out Uri? server)
            ? server
            : throw new NodeSourceException(
                "this is not a pod of a cluster (no KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT); set api_server");
    }

    private static string Read(string file)
    {
        BoundedFile read = BoundedFile.Read(file, MaxFileBytes);
        return read.Problem == BoundedFileProblem.None
            ? Encoding.UTF8.GetString(read.Bytes).TrimStart('\uFEFF').Trim()
            : throw new NodeSourceException($"{file} cannot be read: {read.Reason}", read.Failure);
    }
}
