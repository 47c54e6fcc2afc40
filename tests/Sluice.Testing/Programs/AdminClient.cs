using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Testing.Programs;

/// <summary>An HTTP client of the admin endpoint named in a <c>ready</c> line or in a log line.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    public AdminClient(string line)
    {
        string address = line.Split(' ').Single(word =>
            word.StartsWith("admin=", StringComparison.Ordinal) || word.StartsWith("http://", StringComparison.Ordinal));
        EndPoint = IPEndPoint.Parse(
            address.Replace("admin=", "", StringComparison.Ordinal).Replace("http://", "", StringComparison.Ordinal));
        _http = new HttpClient { BaseAddress = new Uri($"http://{EndPoint}") };
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Sends a GET and returns status and body.</summary>
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

    /// <summary>Sends raw bytes and returns everything until the other side closes, which it may do before it receives anything.</summary>
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
            // The server closed with unread bytes. Everything that it sent before is complete.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>Returns the samples of <c>/metrics</c> by name and labels. Checks each line against the format.</summary>
    public async Task<Dictionary<string, double>> MetricsAsync()
    {
        (int status, string body) = await AskAsync("/metrics");
        Assert.Equal(200, status);
        return Exposition.Parse(body);
    }

    public void Dispose() => _http.Dispose();
}
