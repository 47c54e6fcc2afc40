using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Sluice.Gateway.Routing.Nodes;

namespace Sluice.Registries.Kubernetes;

/// <summary>Requests the pods of a namespace from the API server.</summary>
internal sealed class KubernetesApi : IDisposable
{
    private const int MaxProblemBytes = 65_536;
    private const int MaxProblemChars = 400;

    private readonly KubernetesAccess _access;
    private readonly HttpClient _http;
    private readonly string _pods;

    public KubernetesApi(KubernetesAccess access, KubernetesOptions options)
    {
        _access = access;
        _pods = $"/api/v1/namespaces/{access.Namespace}/pods?labelSelector={Uri.EscapeDataString(options.LabelSelector)}";

        // No redirects, because the token is for this server alone. No compression, because the limits count received bytes.
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.AnswerTimeout,
            ConnectCallback = SelfConnect.ConnectAsync,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        };
        try
        {
            if (string.Equals(access.Server.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal))
            {
                handler.SslOptions = RegistryTls.Client(access.Server.IdnHost, access.CaFile);
            }
        }
        catch
        {
            handler.Dispose();
            throw;
        }

        _http = new HttpClient(handler) { BaseAddress = access.Server, Timeout = Timeout.InfiniteTimeSpan };
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request. The body of the answer is still to be read.</summary>
    /// <returns>The answer 200; null for 410, which means that the requested version is too old.</returns>
    /// <exception cref="NodeSourceException">Any other answer.</exception>
    public async Task<HttpResponseMessage?> GetAsync(string query, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_pods + query, UriKind.Relative));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_access.ReadToken() is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        HttpResponseMessage answer = await _http
            .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
            .ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            return answer;
        }

        using (answer)
        {
            return answer.StatusCode == HttpStatusCode.Gone
                ? null
                : throw new NodeSourceException(await DescribeAsync(answer, cancellation).ConfigureAwait(false));
        }
    }

    /// <summary>Reads a whole body. Returns null if it is larger than allowed.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpResponseMessage answer, int maxBytes, CancellationToken cancellation)
    {
        Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            byte[] buffer = new byte[Math.Min(16_384, maxBytes)];
            int length = 0;
            while (await body.ReadAsync(buffer.AsMemory(length), cancellation).ConfigureAwait(false) is > 0 and int read)
            {
                length += read;
                if (length == buffer.Length)
                {
                    if (length == maxBytes)
                    {
                        return null;
                    }

                    Array.Resize(ref buffer, Math.Min(length * 2, maxBytes));
                }
            }

            return buffer.AsMemory(0, length);
        }
    }

    /// <summary>Returns the status and the server's own words, such as "pods is forbidden: …".</summary>
    private static async Task<string> DescribeAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        string status = $"it answers {(int)answer.StatusCode} {answer.StatusCode}";
        try
        {
            if (await ReadAsync(answer, MaxProblemBytes, cancellation).ConfigureAwait(false) is { } body)
            {
                using var document = JsonDocument.Parse(body);
                string? message = Json.Text(document.RootElement, "message");
                return message is null ? status : $"{status}: {message[..Math.Min(message.Length, MaxProblemChars)]}";
            }
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            // The status is enough.
        }

        return status;
    }
}
