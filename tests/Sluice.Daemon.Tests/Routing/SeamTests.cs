using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Demo;
using Sluice.Testing.Programs;

namespace Sluice.Daemon.Tests.Routing;

/// <summary>Tokens, a registry and proxies together, in the built program: none of them undoes what another one promises.</summary>
public sealed class SeamTests : IDisposable
{
    private const string Proxied = "PROXY TCP4 203.0.113.7 198.51.100.1 4711 7082\r\n";
    private readonly TemporaryFolder _folder = new();

    public SeamTests()
    {
        string path = _folder.Write("route.key", "the secret of the tests, long enough for HS256, and the first of two\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_token_for_one_client_is_held_against_whom_a_trusted_proxy_announces()
    {
        await using var backend = new EchoBackend(_ => { });
        string announced = await TokenAsync("--host", "127.0.0.1", "--port", $"{backend.EndPoint.Port}", "--client-ip", "203.0.113.7");
        string proxy = await TokenAsync("--host", "127.0.0.1", "--port", $"{backend.EndPoint.Port}", "--client-ip", "127.0.0.1");
        (RunningProgram program, IPEndPoint tcp, _) = await ServeAsync("tcpgate.accept_proxy_from=127.0.0.1", "jwt.require_client_ip=true");
        await using (program)
        {
            Assert.Equal("ok", await GreetAsync(tcp, Proxied, announced));
            Assert.Equal("error bad_key", await GreetAsync(tcp, Proxied, proxy));
            Assert.Equal("error bad_key", await GreetAsync(tcp, "PROXY TCP4 203.0.113.8 198.51.100.1 4711 7082\r\n", announced));
            Assert.Equal("ok", await GreetAsync(tcp, "PROXY TCP6 ::ffff:203.0.113.7 ::1 4711 7082\r\n", announced));
            Assert.Equal("ok", await GreetAsync(tcp, "PROXY UNKNOWN\r\n", proxy));
            Assert.Equal("error bad_frame", await GreetAsync(tcp, Proxied + Proxied, announced));
        }
    }

    [Fact]
    public async Task Nobody_else_can_announce_the_client_of_a_stolen_token()
    {
        await using var backend = new EchoBackend(_ => { });
        string stolen = await TokenAsync("--host", "127.0.0.1", "--port", $"{backend.EndPoint.Port}", "--client-ip", "203.0.113.7");
        (RunningProgram program, IPEndPoint tcp, string ready) = await ServeAsync("tcpgate.accept_proxy_from=192.0.2.0/24");
        await using (program)
        {
            Assert.Equal("error bad_frame", await GreetAsync(tcp, Proxied, stolen));
            Assert.Equal("error bad_key", await GreetAsync(tcp, "", stolen));
            string answer = await UpgradeAsync(WebSocketOf(ready), stolen);
            Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
            Assert.EndsWith("error bad_key", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_token_for_one_client_is_held_against_x_forwarded_for_of_a_trusted_proxy()
    {
        await using var backend = new EchoBackend(_ => { });
        string token = await TokenAsync("--host", "127.0.0.1", "--port", $"{backend.EndPoint.Port}", "--client-ip", "203.0.113.7");
        string other = await TokenAsync("--host", "127.0.0.1", "--port", $"{backend.EndPoint.Port}", "--client-ip", "127.0.0.1");
        (RunningProgram program, _, string ready) = await ServeAsync("wsgate.trust_forwarded_for=127.0.0.1");
        await using (program)
        {
            Assert.EndsWith("ok", await UpgradeAsync(WebSocketOf(ready), token), StringComparison.Ordinal);
            Assert.EndsWith("error bad_key", await UpgradeAsync(WebSocketOf(ready), other), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_token_names_a_node_of_the_registry_and_the_backend_learns_that_name_and_never_the_token()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var end = (IPEndPoint)listener.LocalEndpoint;
        string token = await TokenAsync("--node", "s1");
        string unknown = await TokenAsync("--node", "s2");
        (RunningProgram program, IPEndPoint tcp, _) = await ServeAsync(
            "jwt.node_registry=static", $"static.nodes.s1={end}", "common.proxy_protocol=v2", "tcpgate.accept_proxy_from=127.0.0.1");
        await using (program)
        {
            Assert.Equal("error not_found", await GreetAsync(tcp, Proxied, unknown));
            Assert.Equal("error bad_key", await GreetAsync(tcp, Proxied, "s1"));
            Assert.Equal("error bad_key", await GreetAsync(tcp, Proxied, end.ToString()));
            Assert.Equal("ok", await GreetAsync(tcp, Proxied, token));
            using var all = new MemoryStream();
            using (Socket backend = await listener.AcceptSocketAsync())
            {
                await new NetworkStream(backend).CopyToAsync(all);
            }

            byte[] header = all.ToArray();
            string text = Encoding.Latin1.GetString(header);
            Assert.StartsWith("\r\n\r\n\0\r\nQUIT\n\x21\x11", text, StringComparison.Ordinal);
            Assert.Equal(16 + (header[14] << 8) + header[15], header.Length);
            Assert.Equal([203, 0, 113, 7, 198, 51, 100, 1, 4711 >> 8, 4711 & 0xff, 7082 >> 8, 7082 & 0xff], header[16..28]);
            Assert.Contains("\x02\0\x02s1", text, StringComparison.Ordinal);
            Assert.All(token.Split('.'), part => Assert.DoesNotContain(part[..8], text, StringComparison.Ordinal));
            await program.SignalAsync("TERM");
            Assert.Equal(0, await program.ExitAsync());
        }

        string log = File.ReadAllText(_folder["log/info.log"]);
        Assert.Contains("203.0.113.7:4711", log, StringComparison.Ordinal);
        Assert.All(token.Split('.'), part => Assert.DoesNotContain(part[..8], log, StringComparison.Ordinal));
    }

    [Fact]
    public async Task To_a_registry_an_address_is_a_name_like_any_other()
    {
        await using var backend = new EchoBackend(_ => { });
        (RunningProgram program, IPEndPoint tcp, _) = await RunningProgram.ServeAsync(
            _folder.Path, "common.header_identify=static", $"static.nodes.s1={backend.EndPoint}");
        await using (program)
        {
            string[] unknown =
            [
                $"tcp://{backend.EndPoint}", $"kcp://{backend.EndPoint}", backend.EndPoint.ToString(), "tcp://s1", "S1", "s1\0", " s1",
            ];
            foreach (string key in unknown)
            {
                Assert.Equal("error not_found", await GreetAsync(tcp, "", key));
            }

            Assert.Equal("ok", await GreetAsync(tcp, "", "s1"));
        }
    }

    private static IPEndPoint WebSocketOf(string ready) =>
        IPEndPoint.Parse(ready.Split(' ').Single(part => part.StartsWith("ws=", StringComparison.Ordinal))["ws=".Length..]);

    private async Task<string> TokenAsync(params string[] arguments)
    {
        (int exitCode, string[] output, string[] errors) = await RunningProgram.RunAsync(
            _folder.Path, ["token", "--key-file", "route.key", .. arguments]);
        Assert.Equal((0, []), (exitCode, errors));
        return Assert.Single(output);
    }

    private Task<(RunningProgram Program, IPEndPoint Tcp, string Ready)> ServeAsync(params string[] settings) =>
        RunningProgram.ServeAsync(_folder.Path, ["common.header_identify=jwt", "jwt.key_file=route.key", "log.level=debug", .. settings]);

    private static async Task<string> GreetAsync(IPEndPoint gateway, string before, string key)
    {
        using FramedClient client = await FramedClient.ConnectAsync(gateway);
        await client.Stream.WriteAsync(Encoding.ASCII.GetBytes(before));
        return await client.GreetAsync(key);
    }

    /// <summary>Everything that a WebSocket client is answered until its welcome or its end.</summary>
    private static async Task<string> UpgradeAsync(IPEndPoint gateway, string key)
    {
        using FramedClient client = await FramedClient.ConnectAsync(gateway);
        await client.Stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET / HTTP/1.1\r\nHost: gate.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + $"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nserver-identify: {key}\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n"));
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!text.ToString().EndsWith("ok", StringComparison.Ordinal) && await client.Stream.ReadAsync(buffer) is > 0 and int count)
        {
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
