using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sluice.Testing.Loops;
using Sluice.Testing.Sockets;

namespace Sluice.Registries.Tests.Kubernetes;

/// <summary>
/// An API server for pods: it lists in pages, watches with bookmarks, forgets its history and requires a token. On request, unlike a real
/// one, it breaks connections, hangs and sends nonsense. It speaks HTTP/1.1 over a socket, one request per connection.
/// </summary>
internal sealed class FakeApiServer : Observed, IDisposable
{
    private readonly X509Certificate2? _certificate;
    private readonly SortedDictionary<string, JsonObject> _pods = new(StringComparer.Ordinal);
    private readonly List<(int Version, string Line)> _history = [];
    private readonly List<Channel<string>> _watches = [];
    private readonly List<Socket> _sockets = [];
    private readonly List<string> _requests = [];
    private TcpListener? _listener;
    private int _version = 100;
    private int _oldest = 100;

    public FakeApiServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        Start();
    }

    public int Port { get; } = FreePort.Take(1)[0];

    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}");

    /// <summary>The only token that is let in; null = everybody is.</summary>
    public string? Token { get; set; }

    /// <summary>Answers this to every request, instead of what was asked for.</summary>
    public string? Answer { get; set; }

    /// <summary>Takes requests and says nothing.</summary>
    public bool Hangs { get; set; }

    /// <summary>Continued lists of which so many are too old.</summary>
    public int ExpiringPages { get; set; }

    /// <summary>Paths and queries, in order.</summary>
    public string[] Requests
    {
        get
        {
            lock (Gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Lists that were begun, of however many pages.</summary>
    public int Lists =>
        Requests.Count(
            request => request.Contains("limit=", StringComparison.Ordinal) && !request.Contains("continue=", StringComparison.Ordinal));

    public int Watches => Requests.Count(request => request.Contains("watch=true", StringComparison.Ordinal));

    public void Start()
    {
        var listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        lock (Gate)
        {
            _listener = listener;
        }

        _ = AcceptAsync(listener);
    }

    /// <summary>Goes away altogether.</summary>
    public void Stop()
    {
        lock (Gate)
        {
            _listener?.Dispose();
            _listener = null;
            Drop();
        }
    }

    /// <summary>Breaks every connection off.</summary>
    public void Drop()
    {
        lock (Gate)
        {
            _sockets.ForEach(socket => socket.Close(0));
            _sockets.Clear();
            _watches.Clear();
        }
    }

    /// <summary>Ends every watch in good order, as after its timeoutSeconds.</summary>
    public void EndWatches()
    {
        lock (Gate)
        {
            _watches.ForEach(watch => watch.Writer.TryComplete());
            _watches.Clear();
        }
    }

    /// <summary>Forgets the history up to now; watches that began run on.</summary>
    public void Compact() => Change(() => _oldest = ++_version);

    public void Put(JsonObject pod) => Change(() =>
    {
        string name = (string)pod["metadata"]!["name"]!;
        string type = _pods.ContainsKey(name) ? "MODIFIED" : "ADDED";
        _pods[name] = pod;
        Tell(type, pod);
    });

    public void Delete(string name) => Change(() =>
    {
        JsonObject pod = _pods[name];
        _pods.Remove(name);
        Tell("DELETED", pod);
    });

    /// <summary>Advances its version without an event for any pod, except a bookmark.</summary>
    public void Bookmark() => Change(() => Tell("BOOKMARK", new JsonObject { ["kind"] = "Pod", ["metadata"] = new JsonObject() }));

    /// <summary>Says this on every watch, and never again.</summary>
    public void Say(string line) => Change(() => _watches.ForEach(watch => watch.Writer.TryWrite(line)));

    public void Dispose() => Stop();

    private void Tell(string type, JsonObject pod)
    {
        pod["metadata"]!["resourceVersion"] = Text(++_version);
        string line = new JsonObject { ["type"] = type, ["object"] = pod.DeepClone() }.ToJsonString();
        _history.Add((_version, line));
        _watches.ForEach(watch => watch.Writer.TryWrite(line));
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptSocketAsync();
                lock (Gate)
                {
                    if (_listener != listener)
                    {
                        // It came just before the end, which did not know of it yet.
                        socket.Dispose();
                        return;
                    }

                    _sockets.Add(socket);
                }

                _ = ServeAsync(socket);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using Stream stream = await OpenAsync(socket);
            using var reader = new StreamReader(stream, Encoding.ASCII, false, 1024, leaveOpen: true);
            if (await reader.ReadLineAsync() is not { } request)
            {
                return;
            }

            string target = request.Split(' ')[1];
            string token = "";
            while (await reader.ReadLineAsync() is { Length: > 0 } header)
            {
                token = header.StartsWith(
                    "Authorization: Bearer ", StringComparison.Ordinal) ? header["Authorization: Bearer ".Length..] : token;
            }

            Change(() => _requests.Add(target));
            if (Hangs)
            {
                await reader.ReadLineAsync();
            }
            else if (Answer is not null)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(Answer));
            }
            else if (Token is not null && token != Token)
            {
                await SendAsync(stream, "401 Unauthorized", Status(401, "Unauthorized"));
            }
            else
            {
                await AnswerAsync(stream, target);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task<Stream> OpenAsync(Socket socket)
    {
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (_certificate is null)
        {
            return stream;
        }

        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(_certificate);
        return tls;
    }

    private async Task AnswerAsync(Stream stream, string target)
    {
        Dictionary<string, string> query = target.Split('?')[1].Split('&').Select(part => part.Split('=', 2))
            .ToDictionary(part => part[0], part => Uri.UnescapeDataString(part[1]), StringComparer.Ordinal);
        if (
            !target.StartsWith(
                "/api/v1/namespaces/games/pods?", StringComparison.Ordinal) || query["labelSelector"] != "app=match, tier in (a)")
        {
            await SendAsync(stream, "403 Forbidden", Status(403, "pods is forbidden: User \"gateway\" cannot list resource"));
        }
        else if (query.ContainsKey("watch"))
        {
            await WatchAsync(stream, int.Parse(query["resourceVersion"], CultureInfo.InvariantCulture));
        }
        else
        {
            (string status, string body) = Page(query);
            await SendAsync(stream, status, body);
        }
    }

    private (string Status, string Body) Page(Dictionary<string, string> query)
    {
        lock (Gate)
        {
            int limit = int.Parse(query["limit"], CultureInfo.InvariantCulture);
            string after = query.GetValueOrDefault("continue", "");
            if (after.Length > 0 && ExpiringPages > 0)
            {
                ExpiringPages--;
                return ("410 Gone", Status(410, "The provided continue parameter is too old"));
            }

            JsonObject[] rest = [.. _pods.Where(pod => string.CompareOrdinal(pod.Key, after) > 0).Select(pod => pod.Value)];
            var metadata = new JsonObject { ["resourceVersion"] = Text(_version) };
            if (rest.Length > limit)
            {
                metadata["continue"] = (string)rest[limit - 1]["metadata"]!["name"]!;
            }

            JsonNode[] items = [.. rest.Take(limit).Select(pod => pod.DeepClone())];
            var list = new JsonObject { ["kind"] = "PodList", ["metadata"] = metadata, ["items"] = new JsonArray(items) };
            return ("200 OK", list.ToJsonString());
        }
    }

    private async Task WatchAsync(Stream stream, int from)
    {
        var lines = Channel.CreateUnbounded<string>();
        bool isTooOld;
        lock (Gate)
        {
            isTooOld = from < _oldest;
            _history.Where(told => told.Version > from).ToList().ForEach(told => lines.Writer.TryWrite(told.Line));
            _watches.Add(lines);
        }

        if (isTooOld)
        {
            await SendAsync(stream, "410 Gone", Status(410, "too old resource version"));
            return;
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        await foreach (string line in lines.Reader.ReadAllAsync())
        {
            byte[] text = Encoding.UTF8.GetBytes(line + "\n");

            // In two pieces, as lines arrive over a network.
            await SendChunkAsync(stream, text.AsMemory(0, text.Length / 2));
            await SendChunkAsync(stream, text.AsMemory(text.Length / 2));
        }

        await stream.WriteAsync("0\r\n\r\n"u8.ToArray());
    }

    private static async Task SendChunkAsync(Stream stream, ReadOnlyMemory<byte> bytes) =>
        await stream.WriteAsync(
            (byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes.ToArray(), 13, 10]);

    private static async Task SendAsync(Stream stream, string status, string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {bytes.Length}\r\n\r\n"));
        await stream.WriteAsync(bytes);
    }

    private static string Status(int code, string message) => JsonSerializer.Serialize(new { kind = "Status", message, code });

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
