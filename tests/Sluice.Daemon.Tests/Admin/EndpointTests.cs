using System.Net;
using System.Net.Sockets;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Admin;

/// <summary>The admin endpoint as a monitoring system, a curious user and an attacker meet it.</summary>
public sealed class EndpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/healthz", "text/plain; charset=utf-8", "ok\n")]
    [InlineData("/readyz", "text/plain; charset=utf-8", "ready\n")]
    [InlineData("/metrics", "text/plain; version=0.0.4; charset=utf-8", "# HELP sluice_")]
    public async Task A_path_is_answered_to_GET_and_without_its_body_to_HEAD(string path, string contentType, string begin)
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            using HttpResponseMessage got = await admin.SendAsync(HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, got.StatusCode);
            Assert.Equal(contentType, got.Content.Headers.ContentType!.ToString());
            Assert.Equal("no-store", got.Headers.CacheControl!.ToString());
            Assert.False(got.Headers.Contains("Server"));
            Assert.StartsWith(begin, await got.Content.ReadAsStringAsync(), StringComparison.Ordinal);

            using HttpResponseMessage head = await admin.SendAsync(HttpMethod.Head, path);
            Assert.Equal(HttpStatusCode.OK, head.StatusCode);
            Assert.Equal(got.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
            Assert.Empty(await head.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task What_is_not_there_is_said_in_one_line()
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            foreach (string path in new[] { "/", "/Healthz", "/healthz/", "/metrics/../nothing", "/api/sessions" })
            {
                Assert.Equal((404, "there is no such path; there is /healthz, /readyz, /metrics\n"), await admin.AskAsync(path));
            }

            foreach (HttpMethod method in new[] { HttpMethod.Post, HttpMethod.Delete, HttpMethod.Options, new HttpMethod("NONSENSE") })
            {
                using HttpResponseMessage answer = await admin.SendAsync(method, "/metrics");
                Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
                Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
            }

            using HttpResponseMessage withBody = await admin.SendAsync(HttpMethod.Get, "/healthz", body: "x");
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, withBody.StatusCode);
        }
    }

    [Theory]
    [InlineData("localhost:9180", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:9180", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("localhost.evil.example:9180", 403)]
    [InlineData("", 403)]
    public async Task A_name_that_points_here_does_not_open_it(string host, int status)
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            string answer = await admin.SendRawAsync($"GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Broken_and_oversized_requests_are_refused_and_others_are_answered()
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            Assert.StartsWith(
                "HTTP/1.1 431 ",
                await admin.SendRawAsync($"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {new string('x', 17_000)}\r\n\r\n"),
                StringComparison.Ordinal);
            Assert.StartsWith(
                "HTTP/1.1 414 ",
                await admin.SendRawAsync($"GET /{new string('x', 17_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
                StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 400 ", await admin.SendRawAsync("GET /healthz HTTP/1.1\r\n\r\n"), StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 400 ", await admin.SendRawAsync("\0\u0001\u00ff garbage\r\n\r\n"), StringComparison.Ordinal);
            Assert.DoesNotContain("200", await admin.SendRawAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), StringComparison.Ordinal);
            Assert.DoesNotContain(
                "200", await admin.SendRawAsync("\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000"), StringComparison.Ordinal);
            Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
        }
    }

    [Fact]
    public async Task A_request_that_trickles_in_is_given_up()
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            // It ends, or this test does not.
            Assert.StartsWith("HTTP/1.1 408 ", await admin.SendRawAsync("GET /healthz HTTP/1.1\r\nHost:"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Silent_connections_keep_neither_health_checks_nor_clients_away()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, AdminClient admin, IPEndPoint tcp) = await ServeAsync();
        await using (program)
        using (admin)
        {
            List<TcpClient> silent = [];
            for (int i = 0; i < 400; i++)
            {
                silent.Add(await admin.ConnectAsync());
            }

            Assert.StartsWith(
                "HTTP/1.1 200 ",
                await admin.SendRawAsync("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
                StringComparison.Ordinal);
            using (FramedClient client = await FramedClient.ConnectAsync(tcp))
            {
                Assert.Equal("ok", await client.GreetAsync(backend.EndPoint));
                Assert.Equal("hello", await client.EchoAsync("hello"));
            }

            // The oldest had to give way.
            Assert.True(await IsClosedAsync(silent[0]));
            silent.ForEach(connection => connection.Dispose());
        }
    }

    [Theory]
    [InlineData("OPTIONS / HTTP/1.0\r\n\r\n")]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.0\r\n\r\n")]
    [InlineData("GET /readyz HTTP/1.0\r\n\r\n")]
    [InlineData("HEAD /healthz HTTP/1.0\r\n\r\n")]
    public async Task The_stock_checks_of_load_balancers_are_answered(string request)
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            Assert.StartsWith("HTTP/1.1 200 ", await admin.SendRawAsync(request), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.0\r\nHost: evil.example\r\n\r\n")]
    [InlineData("OPTIONS / HTTP/1.0\r\nHost: evil.example\r\n\r\n")]
    [InlineData("OPTIONS / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")]
    public async Task A_name_that_points_here_does_not_open_it_by_an_older_version(string request)
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            Assert.StartsWith("HTTP/1.1 403 ", await admin.SendRawAsync(request), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Settings_of_ASP_NET_are_not_read()
    {
        _folder.Write("appsettings.json", """{"Urls":"http://192.0.2.1:1","Kestrel":{"Endpoints":{"A":{"Url":"http://192.0.2.1:2"}}}}""");
        await using var program = RunningProgram.Start(
            _folder.Path,
            [
                "run", "-c", Repository.OriginalConfiguration, "-s", "tcpgate.port=0", "-s", "kcpgate.enabled=false", "-s",
                "wsgate.enabled=false", "-s", "admin.port=0",
            ],
            ("ASPNETCORE_URLS", "http://192.0.2.1:3"), ("DOTNET_URLS", "http://192.0.2.1:4"), ("ASPNETCORE_HTTP_PORTS", "1"));
        using var admin = new AdminClient(await program.OutputAsync(line => line.StartsWith("ready ", StringComparison.Ordinal)));

        Assert.Equal(IPAddress.Loopback, admin.EndPoint.Address);
        Assert.Equal((200, "ok\n"), await admin.AskAsync("/healthz"));
    }

    [Fact]
    public async Task An_open_connection_does_not_hold_up_the_end()
    {
        (RunningProgram program, AdminClient admin, _) = await ServeAsync();
        await using (program)
        using (admin)
        {
            using TcpClient silent = await admin.ConnectAsync();
            await admin.AskAsync("/healthz");
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }
    }

    private static async Task<bool> IsClosedAsync(TcpClient connection)
    {
        try
        {
            return await connection.GetStream().ReadAsync(new byte[1]) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private async Task<(RunningProgram Program, AdminClient Admin, IPEndPoint Tcp)> ServeAsync()
    {
        (RunningProgram program, IPEndPoint tcp, string ready) = await RunningProgram.ServeAsync(_folder.Path, "admin.port=0");
        return (program, new AdminClient(ready), tcp);
    }
}
