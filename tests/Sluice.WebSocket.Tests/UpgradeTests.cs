using System.Net.Sockets;
using System.Text;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>The HTTP side: what is a request, what is not, and how it may come in.</summary>
public sealed class UpgradeTests
{
    private const string Good = "GET / HTTP/1.1\r\nHost: gate.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    public static TheoryData<string, int, string> Refused => new()
    {
        { "plain GET", 426, "GET / HTTP/1.1\r\nHost: a\r\n\r\n" },
        { "no Upgrade", 426, Good.Replace("Upgrade: websocket\r\n", "") },
        { "version 12", 426, Good.Replace("Version: 13", "Version: 12") },
        { "version 130", 426, Good.Replace("Version: 13", "Version: 130") },
        { "no version", 400, Good.Replace("Sec-WebSocket-Version: 13\r\n", "") },
        { "two versions", 400, Good.Replace("Version: 13\r\n", "Version: 13\r\nSec-WebSocket-Version: 13\r\n") },
        { "POST", 405, Good.Replace("GET", "POST") },
        { "CONNECT", 405, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" },
        { "lower-case method", 405, Good.Replace("GET", "get") },
        { "method with a bad byte", 400, Good.Replace("GET", "G(T") },
        { "HTTP/1.0", 400, Good.Replace("HTTP/1.1", "HTTP/1.0") },
        { "HTTP/2.0", 400, Good.Replace("HTTP/1.1", "HTTP/2.0") },
        { "http/1.1", 400, Good.Replace("HTTP/1.1", "http/1.1") },
        { "HTTP/1.1 with a blank", 400, Good.Replace("HTTP/1.1\r\n", "HTTP/1.1 \r\n") },
        { "no version of HTTP", 400, "GET /\r\nHost: a\r\n\r\n" },
        { "two blanks", 400, Good.Replace("GET /", "GET  /") },
        { "tab for a blank", 400, Good.Replace("GET /", "GET\t/") },
        { "absolute target without a host", 400, Good.Replace("GET /", "GET http:///") },
        { "absolute target with a user", 400, Good.Replace("GET /", "GET http://user@gate.test/") },
        { "absolute target with a bad port", 400, Good.Replace("GET /", "GET http://gate.test:99999/") },
        { "absolute target of another scheme", 400, Good.Replace("GET /", "GET ftp://gate.test/") },
        { "absolute target without a Host", 400, Good.Replace("GET /", "GET http://gate.test/").Replace("Host: gate.test\r\n", "") },
        { "target without a slash", 400, Good.Replace("GET /", "GET gate.test/") },
        { "asterisk target", 400, Good.Replace("GET / ", "GET * ") },
        { "target with a fragment", 400, Good.Replace("GET / ", "GET /#a ") },
        { "target with a high byte", 400, Good.Replace("GET / ", "GET /\u00e9 ") },
        { "blank in the target", 400, Good.Replace("GET / ", "GET /a b ") },
        { "no Host", 400, Good.Replace("Host: gate.test\r\n", "") },
        { "empty Host", 400, Good.Replace("Host: gate.test", "Host:") },
        { "two Hosts", 400, Good.Replace("Host: gate.test\r\n", "Host: gate.test\r\nhost: gate.test\r\n") },
        { "Host with a path", 400, Good.Replace("gate.test", "gate.test/a") },
        { "Host with two names", 400, Good.Replace("gate.test", "gate.test, b") },
        { "Host of brackets", 400, Good.Replace("gate.test", "][:::%%") },
        { "Host with a port that is none", 400, Good.Replace("gate.test", "x:99999") },
        { "Host with a port in letters", 400, Good.Replace("gate.test", "x:80a") },
        { "Host with a percent sign alone", 400, Good.Replace("gate.test", "a%4") },
        { "Host without a name", 400, Good.Replace("gate.test", ":80") },
        { "Host with an IPv4 address in brackets", 400, Good.Replace("gate.test", "[127.0.0.1]") },
        { "Host with a bracket left open", 400, Good.Replace("gate.test", "[::1") },
        { "Host with something behind the bracket", 400, Good.Replace("gate.test", "[::1]a") },
        { "Host with a user", 400, Good.Replace("gate.test", "user@gate.test") },
        { "Connection: close", 400, Good.Replace("Connection: Upgrade", "Connection: close") },
        { "no Connection", 400, Good.Replace("Connection: Upgrade\r\n", "") },
        { "Upgrade: h2c", 400, Good.Replace("Upgrade: websocket", "Upgrade: h2c") },
        { "no key", 400, Good.Replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "") },
        { "two keys", 400, Good.Replace("Sec-WebSocket-Version", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version") },
        { "key of 15 bytes", 400, Good.Replace("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j") },
        { "key of 17 bytes", 400, Good.Replace("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZWE=") },
        { "key that is not base64", 400, Good.Replace("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZ!==") },
        { "Content-Length 5", 400, Good.Replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\nhello") },
        { "Content-Length +0", 400, Good.Replace("\r\n\r\n", "\r\nContent-Length: +0\r\n\r\n") },
        { "Content-Length 00", 400, Good.Replace("\r\n\r\n", "\r\nContent-Length: 00\r\n\r\n") },
        { "two Content-Lengths", 400, Good.Replace("\r\n\r\n", "\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n") },
        { "Transfer-Encoding", 400, Good.Replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") },
        { "Transfer-Encoding: identity", 400, Good.Replace("\r\n\r\n", "\r\ntransfer-encoding: identity\r\n\r\n") },
        { "folded line", 400, Good.Replace("gate.test\r\n", "gate.test\r\n folded\r\n") },
        { "folded line with a tab", 400, Good.Replace("gate.test\r\n", "gate.test\r\n\tfolded: a\r\n") },
        { "blank before the colon", 400, Good.Replace("Host:", "Host :") },
        { "blank before the first header", 400, Good.Replace("Host:", " Host:") },
        { "no colon", 400, Good.Replace("Host:", "Nonsense\r\nHost:") },
        { "empty name", 400, Good.Replace("Host:", ": a\r\nHost:") },
        { "bare LF", 400, Good.Replace("gate.test\r\n", "gate.test\n") },
        { "bare LF everywhere", 400, Good.Replace("\r\n", "\n") },
        { "bare CR", 400, Good.Replace("gate.test\r\n", "gate.test\r") },
        { "CR CR LF", 400, Good.Replace("gate.test\r\n", "gate.test\r\r\n") },
        { "NUL", 400, Good.Replace("gate.test", "gate\0test") },
        { "ESC in a value", 400, Good.Replace("Host:", "X: \u001b[2J\r\nHost:") },
        { "DEL in a name", 400, Good.Replace("Host:", "X\u007f: a\r\nHost:") },
        { "high byte in a name", 400, Good.Replace("Host:", "X\u00e9: a\r\nHost:") },
        { "empty line first", 400, "\r\n" + Good },
        { "subprotocol with a blank", 400, Good.Replace("Host:", "Sec-WebSocket-Protocol: a b\r\nHost:") },
        { "subprotocol twice", 400, Good.Replace("Host:", "Sec-WebSocket-Protocol: a, a\r\nHost:") },
        { "two Origins", 400, Good.Replace("Host:", "Origin: http://a\r\nOrigin: http://b\r\nHost:") },
        { "TLS", 400, "\u0016\u0003\u0001\u0002\0\u0001" },
        { "key of a TCP client", 400, "\u000e\0\0\0127.0.0.1:7083" },
        { "long target", 414, "GET /" + new string('a', 9000) },
        { "long target that ends", 414, Good.Replace("GET /", "GET /" + new string('a', 8200)) },
        { "long value", 431, Good.Replace("Host:", $"X: {new string('a', 17_000)}\r\nHost:") },
        { "long value that never ends", 431, "GET / HTTP/1.1\r\nX: " + new string('a', 17_000) },
        { "many headers", 431, Good.Replace("Host:", string.Concat(Enumerable.Repeat("X: a\r\n", 120)) + "Host:") },
    };

    public static TheoryData<string, string> Accepted => new()
    {
        { "as it is", Good },
        { "names in capitals", Good.Replace("Upgrade: websocket", "UPGRADE: WebSocket").Replace(
            "Connection: Upgrade", "connection: keep-alive, UPGRADE") },
        { "lists over lines", Good.Replace("Connection: Upgrade", "Connection: keep-alive\r\nConnection: , upgrade,").Replace(
            "Upgrade: websocket", "Upgrade: h2c, websocket") },
        { "blanks around values", Good.Replace(": ", ": \t ").Replace("\r\nUpgrade", " \t\r\nUpgrade") },
        { "no blanks", Good.Replace(": ", ":") },
        { "Content-Length 0", Good.Replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n") },
        { "high bytes in a value", Good.Replace("Host:", "X: \u00e9\u00ff\r\nHost:") },
        { "a Host with an empty port", Good.Replace("gate.test", "gate.test:") },
        { "a Host with the highest port", Good.Replace("gate.test", "127.0.0.1:65535") },
        { "a percent-encoded Host", Good.Replace("gate.test", "g%C3%A4te.test") },
        { "an IPv6 Host", Good.Replace("gate.test", "[::1]:9082") },
        { "15 KiB of headers", Good.Replace("Host:", $"X: {new string('a', 15_000)}\r\nHost:") },
        { "any path", Good.Replace("GET /", "GET /a/b;c=d/%20?x=y&z") },
    };

    /// <summary>An answer to HEAD ends after its headers, whatever length they announce (RFC 9110 section 9.3.2).</summary>
    [Theory, InlineData("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 405), InlineData("HEAD / HTTP/1.1\nHost: a\r\n\r\n", 400)]
    public async Task A_HEAD_is_answered_without_a_body(string request, int status)
    {
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await ConnectAsync(world.EndPoint);
        await client.SendAsync(Encoding.Latin1.GetBytes(request));
        string answer = Encoding.Latin1.GetString(await client.Socket.ReceiveToEndAsync());
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Refused))]
    public async Task A_request_that_is_no_upgrade_is_rejected_with_a_status(string name, int status, string request)
    {
        // The time for which it is heard out stands still: no slow machine has it reset.
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        foreach (bool slowly in new[] { false, true })
        {
            if (slowly && request.Length > 1000)
            {
                continue;
            }

            using WsClient client = await ConnectAsync(world.EndPoint);
            byte[] bytes = Encoding.Latin1.GetBytes(request);
            try
            {
                foreach (byte[] piece in slowly ? bytes.Chunk(1) : [bytes])
                {
                    await client.SendAsync(piece);
                }
            }
            catch (SocketException)
            {
                // It was rejected before its end, and the rest was not waited for.
            }

            string answer = Encoding.Latin1.GetString(await client.Socket.ReceiveToEndAsync());
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Contains("close\r\n", answer, StringComparison.Ordinal);
            string[] parts = answer.Split("\r\n\r\n");
            Assert.Equal(2, parts.Length);
            Assert.Contains($"Content-Length: {parts[1].Length}\r\n", answer, StringComparison.Ordinal);
            Assert.InRange(parts[1].Length, 10, 200);
            if (status == 426)
            {
                Assert.Contains("Sec-WebSocket-Version: 13\r\n", answer, StringComparison.Ordinal);
                Assert.Contains("WebSocket", parts[1], StringComparison.Ordinal);
            }

            Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
        }

        Assert.NotEmpty(name);
    }

    [Theory, MemberData(nameof(Accepted))]
    public async Task An_upgrade_is_answered(string name, string request)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await UpgradeAsync(world.EndPoint, request, Message(Encoding.UTF8.GetBytes(backend.Key)));
        await client.AssertMessageAsync("ok"u8.ToArray());
        Assert.DoesNotContain("Sec-WebSocket-Protocol", client.Answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", client.Answer, StringComparison.Ordinal);
        Assert.NotEmpty(name);
    }

    /// <summary>RFC 6455 section 4.2.1 asks for base64 that decodes to 16 bytes, and what it decodes to does not matter.</summary>
    [Fact]
    public async Task A_key_whose_last_bits_are_not_zero_is_answered_as_it_is()
    {
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await ConnectAsync(world.EndPoint);
        await client.SendAsync(Encoding.Latin1.GetBytes(Good.Replace("ZQ==", "ZR==")));
        await client.ReadAnswerAsync();
#pragma warning disable CA5350 // The protocol's.
        byte[] hash = System.Security.Cryptography.SHA1.HashData("dGhlIHNhbXBsZSBub25jZR==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8);
#pragma warning restore CA5350
        Assert.StartsWith("HTTP/1.1 101 ", client.Answer, StringComparison.Ordinal);
        Assert.Contains($"Sec-WebSocket-Accept: {Convert.ToBase64String(hash)}\r\n", client.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_and_first_frames_may_be_split_at_any_byte()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync();
        byte[] payload = "payload"u8.ToArray();
        byte[] all = [.. Encoding.Latin1.GetBytes(Good), .. Message(Encoding.UTF8.GetBytes(backend.Key)), .. Message(payload)];
        for (int split = 1; split < all.Length; split++)
        {
            using WsClient client = await ConnectAsync(world.EndPoint);
            await client.SendAsync(all[..split]);
            await world.PassTurnsAsync();
            await client.SendAsync(all[split..]);
            await client.ReadAnswerAsync();
            await client.AssertMessageAsync("ok"u8.ToArray());
            Assert.Equal(Prefixed(payload), await client.ReadStreamAsync(4 + payload.Length));
        }
    }

    [Fact]
    public async Task The_connect_timeout_covers_request_and_key_together()
    {
        await using GatewayWorld world = await WsWorld.StartAsync(virtualTime: true);
        using WsClient silent = await ConnectAsync(world.EndPoint);
        using WsClient slow = await ConnectAsync(world.EndPoint);
        using WsClient undecided = await ConnectAsync(world.EndPoint);
        byte[] request = Encoding.Latin1.GetBytes(Good);
        await world.PassTurnsAsync();
        for (int second = 0; second < 10; second++)
        {
            await slow.SendAsync([request[second]]);
            if (second == 8)
            {
                await undecided.SendAsync([.. request, .. Message("127.0.0.1"u8.ToArray())[..^1]]);
                await undecided.ReadAnswerAsync();
            }

            await world.PassTurnsAsync();
            Assert.Equal(0, silent.Socket.Available + slow.Socket.Available + undecided.Socket.Available);
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        Assert.StartsWith("HTTP/1.1 408 ", Encoding.Latin1.GetString(await silent.Socket.ReceiveToEndAsync()), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 408 ", Encoding.Latin1.GetString(await slow.Socket.ReceiveToEndAsync()), StringComparison.Ordinal);
        await undecided.AssertClosedAsync(1008, "error timeout", answer: false);
        Assert.Equal("timeout", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task Path_and_origin_may_be_limited()
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { Path = "/play", Origins = ["https://game.example"] });
        string key = $"server-identify: {backend.Key}";
        foreach (string request in new[] { Request("/play", key), Request("/play?a=b", key, "Origin: https://game.example") })
        {
            using WsClient client = await UpgradeAsync(world.EndPoint, request, Message([1]));
            await client.AssertMessageAsync("ok"u8.ToArray());

            // The system connects before the backend accepts, which has done so once it echoes.
            Assert.Equal(Prefixed([1]), await client.ReadStreamAsync(5));
        }

        foreach (string request in new[]
        {
            Request("/", key), Request("/play/", key), Request("/Play", key), Request("/play", key, "Origin: https://evil.example"),
            Request("/play", key, "Origin: null"), Request("/play", key, "Origin: https://game.example.evil.example"),
        })
        {
            using WsClient client = await UpgradeAsync(world.EndPoint, request);
            await client.AssertClosedAsync(1008, "error denied");
        }

        Assert.Equal(2, backend.Accepted);
    }

    [Theory]
    [InlineData("https://game.example", true)]
    [InlineData("https://game.example:443", true)]
    [InlineData("HTTPS://Game.Example", true)]
    [InlineData("https://game.example:8443", false)]
    [InlineData("http://game.example", false)]
    [InlineData("http://game.example:443", false)]
    [InlineData("http://plain.example", true)]
    [InlineData("http://plain.example:80", true)]
    [InlineData("https://a.wild.example", true)]
    [InlineData("https://a.b.wild.example:443", true)]
    [InlineData("https://wild.example", false)]
    [InlineData("https://.wild.example", false)]
    [InlineData("https://evilwild.example", false)]
    [InlineData("https://a.wild.example.evil.example", false)]
    [InlineData("http://a.wild.example", false)]
    [InlineData("https://a.port.example:8443", true)]
    [InlineData("https://a.port.example", false)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://[0:0::1]:8080", true)]
    [InlineData("file://", true)]
    [InlineData("null", true)]
    [InlineData("app://game", true)]
    [InlineData("app://other", false)]
    [InlineData("https://game.example/", false)]
    [InlineData("https://game.example@evil.example", false)]
    [InlineData("https://evil.example, https://game.example", false)]
    [InlineData("", false)]
    public async Task An_origin_is_compared_by_scheme_host_and_port(string origin, bool served)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with
        {
            Origins =
            [
                "https://game.example", "http://plain.example:80", "https://*.wild.example", "https://*.port.example:8443", "http://[::1]:8080", "file://",
                "null", "app://game",
            ],
        });
        using WsClient client = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {backend.Key}", $"Origin: {origin}"));
        if (served)
        {
            await client.AssertMessageAsync("ok"u8.ToArray());
        }
        else
        {
            await client.AssertClosedAsync(1008, "error denied");
        }
    }

    [Theory, InlineData("file://"), InlineData("null")]
    public async Task A_page_without_an_origin_of_its_own_is_served_only_if_listed(string origin)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { Origins = ["https://game.example", "https://*.game.example"] });
        using WsClient client = await UpgradeAsync(world.EndPoint, Request("/", $"server-identify: {backend.Key}", $"Origin: {origin}"));
        await client.AssertClosedAsync(1008, "error denied");
    }

    [Theory]
    [InlineData("https://game.example/")]
    [InlineData("game.example")]
    [InlineData("https://*.")]
    [InlineData("https://*.10.0.0.1")]
    [InlineData("https://a.*.example")]
    [InlineData("*")]
    [InlineData("")]
    public async Task An_origin_that_cannot_be_read_keeps_the_gateway_from_starting(string origin) =>
        Assert.Contains(
            $"\"{origin}\" cannot be read",
            (await Assert.ThrowsAsync<ArgumentException>(() => WsWorld.StartAsync(gate => gate with { Origins = [origin] }))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("http://gate.test/play?server-identify=KEY")]
    [InlineData("HTTPS://other.test:9082/play?server-identify=KEY")]
    [InlineData("ws://[::1]:9082/play?server-identify=KEY")]
    [InlineData("wss://gate.test:/play?server-identify=KEY&b=http://x/")]
    public async Task An_absolute_target_is_read_as_its_path_and_query(string target)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { Path = "/play" });
        using WsClient client = await UpgradeAsync(world.EndPoint, Request(target.Replace("KEY", backend.Key, StringComparison.Ordinal)));
        await client.AssertMessageAsync("ok"u8.ToArray());
    }

    [Theory, InlineData("http://gate.test"), InlineData("http://gate.test/"), InlineData("http://gate.test?server-identify=KEY")]
    public async Task An_absolute_target_without_a_path_is_that_of_the_root(string target)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { Path = "/" });
        string request = Request(target.Replace("KEY", backend.Key, StringComparison.Ordinal), $"server-identify: {backend.Key}");
        using WsClient client = await UpgradeAsync(world.EndPoint, request);
        await client.AssertMessageAsync("ok"u8.ToArray());
    }

    [Theory]
    [InlineData("chat", null)]
    [InlineData("chat, game.v2, game.v1", "game.v2")]
    [InlineData("GAME.V1", null)]
    [InlineData("server-identify.", null)]
    public async Task A_subprotocol_is_agreed_on_if_it_is_configured(string offered, string? chosen)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await WsWorld.StartAsync(gate => gate with { Subprotocols = ["game.v1", "game.v2"] });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key, $"Sec-WebSocket-Protocol: {offered}");
        string line = chosen is null ? "Sec-WebSocket-Protocol" : $"Sec-WebSocket-Protocol: {chosen}\r\n";
        Assert.Equal(chosen is not null, client.Answer.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bytes_after_the_request_are_frames_and_nothing_else()
    {
        await using GatewayWorld world = await WsWorld.StartAsync();
        using WsClient client = await UpgradeAsync(world.EndPoint, Good + Good);
        await client.AssertClosedAsync(1002, "error bad_frame");
    }
}
