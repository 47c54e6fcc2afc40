using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>Watches for changes after one list. A watch that ends is continued where it ended.</summary>
internal sealed class PodWatch(KubernetesApi api, KubernetesOptions options, PodReader reader, PodTable pods, string version)
{
    /// <summary>A watch that ends sooner without any event counts as failed.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private string _version = version;

    /// <summary>Whether an event was received.</summary>
    public bool HasHeard { get; private set; }

    /// <summary>
    /// Watches until the version to continue from is too old. Shows the nodes once it is certain that changes will be seen.
    /// </summary>
    public async Task RunAsync(NodeLoad load, CancellationToken cancellation)
    {
        while (true)
        {
            using HttpResponseMessage? answer = await BeginAsync(cancellation).ConfigureAwait(false);
            if (answer is null)
            {
                return;
            }

            if (!pods.IsShown)
            {
                pods.Show(load);
            }

            var lasted = Stopwatch.StartNew();
            (bool isTooOld, int lines) = await ReadAsync(answer, cancellation).ConfigureAwait(false);
            if (isTooOld)
            {
                return;
            }

            if (lines == 0 && lasted.Elapsed < Shortest)
            {
                throw new NodeSourceException("it ended the watch at once");
            }
        }
    }

    private async Task<HttpResponseMessage?> BeginAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(options.AnswerTimeout);
        string query = $"&watch=true&allowWatchBookmarks=true&resourceVersion={Uri.EscapeDataString(_version)}"
            + $"&timeoutSeconds={Math.Ceiling(options.WatchTime.TotalSeconds):0}";
        return await api.GetAsync(query, patience.Token).ConfigureAwait(false);
    }

    private async Task<(bool IsTooOld, int Lines)> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        TimeSpan silence = options.WatchTime + options.AnswerTimeout;
        int lines = 0;
        try
        {
            Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                var input = new LineReader(body);
                patience.CancelAfter(silence);
                while (await input.ReadAsync(patience.Token).ConfigureAwait(false) is { } line)
                {
                    patience.CancelAfter(silence);
                    lines++;
                    if (!Apply(line))
                    {
                        return (true, lines);
                    }

                    HasHeard = true;
                }
            }
        }
        catch (IOException)
        {
            // The connection broke. Continuing the watch will show whether the server still answers.
        }
        catch (OperationCanceledException failure) when (!cancellation.IsCancellationRequested)
        {
            throw new NodeSourceException($"the watch hangs: nothing received within {silence.TotalSeconds:0.#} s", failure);
        }

        return (false, lines);
    }

    /// <summary>Applies one event. Returns false if it says that our version is too old.</summary>
    private bool Apply(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line);
        JsonElement? subject = Json.Field(document.RootElement, "object");
        string? type = Json.Text(document.RootElement, "type");
        if (type is "ERROR")
        {
            return Json.Number(subject, "code") == (int)HttpStatusCode.Gone
                ? false
                : throw new NodeSourceException($"it ended the watch: {Json.Text(subject, "message") ?? "no reason given"}");
        }

        if (type is "DELETED" && Json.Text(Json.Field(subject, "metadata"), "name") is { } name)
        {
            pods.Remove(name);
        }
        else if (type is "ADDED" or "MODIFIED" && subject is { } there && reader.Read(there) is { } pod)
        {
            pods.Set(pod);
        }

        // A bookmark contains only the version.
        _version = Json.Text(Json.Field(subject, "metadata"), "resourceVersion") is { Length: > 0 } version ? version : _version;
        return true;
    }
}
