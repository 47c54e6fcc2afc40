using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Testing.Programs;

/// <summary>Asks the admin endpoint that a <c>ready</c> line, or the line of the log, names.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    public AdminClient(string line)
    {
        string address = line.Split(' ').Single(word => word.StartsWith("admin=", StringComparison.Ordinal) || word.StartsWith("http://", StringComparison.Ordinal));
        EndPoint = IPEndPoint.Parse(address.Replace("admin=", "", StringComparison.Ordinal).Replace("http://", "", StringComparison.Ordinal));
        _http = new HttpClient { BaseAddress = new Uri($"http://{EndPoint}") };
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Status and body of a GET.</summary>
    public async Task<(int Status, string Body)> AskAsync(string path, string? authorization = null)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path, authorization);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? authorization = null, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        request.Content = body is null ? null : new StringContent(body);
        return await _http.SendAsync(request);
    }

    public async Task<TcpClient> ConnectAsync()
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(EndPoint);
        return connection;
    }

    /// <summary>Sends bytes as they are, and reads what comes until the other side closes, which it may do before it is sent anything.</summary>
    public async Task<string> SendRawAsync(string bytes)
    {
        using TcpClient connection = await ConnectAsync();
        NetworkStream stream = connection.GetStream();
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes));
            await stream.CopyToAsync(answer);
        }
        catch (IOException)
        {
            // Closed with bytes unread: what was said before is there.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>The samples of <c>/metrics</c> by name and labels, each line held against the format.</summary>
    public async Task<Dictionary<string, double>> MetricsAsync()
    {
        (int status, string body) = await AskAsync("/metrics");
        Assert.Equal(200, status);
        return Exposition.Parse(body);
    }

    public void Dispose() => _http.Dispose();
}
