using System.Net;
using System.Text;
using Sluice.Gateway.Greeting;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Policy;
using Sluice.Transport;
using Sluice.Transport.WebSocket;

namespace Sluice.Fuzz;

/// <summary>
/// The upgrade request of a WebSocket client: however it is split, it is judged the same, and everything read from it is bounded.
/// </summary>
internal sealed class UpgradeTarget : FuzzTarget
{
    private const string Good =
        "GET /play?server-identify=127.0.0.1%3A7083&x=1 HTTP/1.1\r\nHost: game.example:9082\r\nUpgrade: websocket\r\nConnection: "
            + "keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Version: 13\r\n";

    private static readonly NetworkAddress Peer = NetworkAddress.From(IPAddress.Parse("10.0.0.1"), 1);
    private static readonly AddressSet Trusted = new([AddressRange.Parse("10.0.0.0/8"), AddressRange.Parse("fd00::/8")]);

    public override string Name => "upgrade";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        .. new[]
        {
            Good + "\r\nbehind",
            Good + "server-identify: 10.0.0.3:7083\r\nCookie: a=b; server-identify=%5B%3A%3A1%5D%3A80\r\n"
                + "Origin: https://game.example\r\n\r\n",
            Good + "Sec-WebSocket-Protocol: chat, server-identify.MTI3LjAuMC4xOjcwODM\r\n\r\n",
            Good + "Sec-WebSocket-Extensions: x, permessage-deflate; client_max_window_bits=\"15\"; server_max_window_bits=15\r\n\r\n",
            Good + "X-Forwarded-For: 192.0.2.1:4711, [2001:db8::1]:80, fd00::1, 10.1.1.1\r\n\r\n",
            Good + "Content-Length: 0\r\n\r\n",
            Good + "Transfer-Encoding: chunked\r\n\r\n",
            Good.Replace("game.example:9082", "[::1]", StringComparison.Ordinal) + "\r\n",
            Good.Replace("GET", "HEAD", StringComparison.Ordinal) + "\r\n",
        }.Select(Encoding.Latin1.GetBytes),
    ];

    public override void Check(ReadOnlySpan<byte> input)
    {
        UpgradeStatus status = Feed(input, input.Length, out int end, out UpgradeRequest? request);
        int size = 1 + (input.IsEmpty ? 0 : input[^1] % 37);
        UpgradeStatus split = Feed(input, size, out int splitEnd, out UpgradeRequest? again);
        Require(status == split && (request is null || end == splitEnd), "the split does not matter");
        Require(
            request is not null == (status == UpgradeStatus.SwitchingProtocols) && request is null == again is null,
            "only a good request is told");
        if (request is null)
        {
            return;
        }

        Require(end <= UpgradeParser.MaxHeadBytes && input[..end].EndsWith("\r\n\r\n"u8), "a request takes exactly its own bytes");
        Require(request.Path[0] == '/' && (request.Path + request.Query).All(c => c is > ' ' and <= '~'), "a target is visible ASCII");
        Require(request.Headers.All(header => !header.Value.AsSpan().ContainsAny('\r', '\n', '\0')), "a header is one line");
        bool found = WebSocketRouteKey.TryFind(request, out byte[] key);
        Require(
            found == WebSocketRouteKey.TryFind(again!, out byte[] splitKey) && key.AsSpan().SequenceEqual(splitKey),
            "the split does not change the key");
        Require(
            !WebSocketRouteKey.TryDecode(key, 4096, out string text) || Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(key),
            "the key is the bytes");
        Require(PerMessageDeflate.Agree(request) is null or { Length: < 200 }, "what is agreed on is short");
        NetworkAddress client = ForwardedFor.Client(request, Peer, Trusted);
        Require(client == Peer || request.Last("X-Forwarded-For") is not null, "a client is named by its header alone");
    }

    private static UpgradeStatus Feed(ReadOnlySpan<byte> input, int size, out int end, out UpgradeRequest? request)
    {
        var reader = default(UpgradeReader);
        UpgradeStatus status = UpgradeStatus.Incomplete;
        request = null;
        end = 0;
        for (int at = 0; at < input.Length && status == UpgradeStatus.Incomplete; at += size)
        {
            ReadOnlySpan<byte> chunk = input.Slice(at, Math.Min(size, input.Length - at));
            status = reader.Feed(chunk, out request, out int consumed);
            Require(consumed >= 0 && consumed <= chunk.Length, "no more is consumed than there is");
            end = at + consumed;
        }

        return status;
    }
}
