using System.Text.Json;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>Lists the pods page by page, then watches for changes.</summary>
internal sealed class PodSession(KubernetesApi api, KubernetesOptions options)
{
    /// <summary>The largest page that is accepted. If one is larger, smaller pages are requested.</summary>
    private const int MaxPageBytes = 16 * 1024 * 1024;

    /// <summary>The most lists in a row that were too old to watch from. More count as an outage, so that pauses grow.</summary>
    private const int MaxExpired = 3;

    private readonly PodReader _reader = new(options);

    /// <summary>Runs until it is cancelled. Throws if the server fails.</summary>
    public async Task RunAsync(NodeTable nodes, CancellationToken cancellation)
    {
        for (int expired = 0; expired < MaxExpired; expired++)
        {
            NodeLoad load = nodes.BeginLoad();
            var pods = new PodTable(nodes);
            if (await ListAsync(pods, cancellation).ConfigureAwait(false) is { } version)
            {
                var watch = new PodWatch(api, options, _reader, pods, version);
                await watch.RunAsync(load, cancellation).ConfigureAwait(false);
                expired = watch.HasHeard ? -1 : expired;
            }

            // The needed history is gone, so the current state is listed instead.
        }

        throw new NodeSourceException("its lists are too old (410 Gone) as soon as they are there");
    }

    /// <summary>Reads every pod.</summary>
    /// <returns>The version to watch from; null if the list became too old while it was read.</returns>
    private async Task<string?> ListAsync(PodTable pods, CancellationToken cancellation)
    {
        string? first = null;
        string next = "";
        int limit = options.PodsPerPage;
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(options.AnswerTimeout);
            string query = $"&limit={limit}" + (next.Length > 0 ? $"&continue={Uri.EscapeDataString(next)}" : "");
            using HttpResponseMessage? answer = await api.GetAsync(query, patience.Token).ConfigureAwait(false);
            if (answer is null)
            {
                return null;
            }

            if (await KubernetesApi.ReadAsync(answer, MaxPageBytes, patience.Token).ConfigureAwait(false) is not { } page)
            {
                limit = limit > 1 ? Math.Max(1, limit / 8) : throw new NodeSourceException("it has a pod that is larger than 16 MiB");
                continue;
            }

            using var document = JsonDocument.Parse(page);
            JsonElement? metadata = Json.Field(document.RootElement, "metadata");
            if (Json.Text(metadata, "resourceVersion") is not { Length: > 0 } version || Json.Field(document.RootElement, "items") is null)
            {
                throw new NodeSourceException("its answer is not a list of pods; is it Kubernetes?");
            }

            // All pages have the same version. If they had not, the changes after the first would still be seen.
            first ??= version;
            foreach (JsonElement item in Json.Items(document.RootElement, "items"))
            {
                if (_reader.Read(item) is { } pod)
                {
                    pods.Set(pod);
                }
            }

            next = Json.Text(metadata, "continue") ?? "";
            if (next.Length == 0)
            {
                return first;
            }
        }
    }
}
