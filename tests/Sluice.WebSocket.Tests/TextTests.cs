using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.WebSocket;
using Sluice.Transport.WebSocket;
using Sluice.WebSocket.Tests.Kit;
using static Sluice.Testing.WebSocket.WsClient;

namespace Sluice.WebSocket.Tests;

/// <summary>Text messages to clients: each is UTF-8 by itself, whatever the backend's bytes are cut into.</summary>
public sealed class TextTests
{
    private const string Sample = "a\u00e9\u20ac\U0001f600\u4f60\u597d";

    [Theory, InlineData(false), InlineData(true)]
    public async Task Raw_bytes_are_cut_between_characters_wherever_the_backend_is(bool compression)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Sample);
        for (int split = 1; split < bytes.Length; split++)
        {
            var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using TestBackend backend = TestBackend.Start(async socket =>
            {
                await socket.SendAllAsync(bytes.AsMemory(0, split));
                await mayGoOn.Task;
                await socket.SendAllAsync(bytes.AsMemory(split));
            });
            await using GatewayWorld world = await StartAsync(gate => gate with { Compression = compression });
            using WsClient client = await EnterTextAsync(
                world, backend, compression ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []);
            string first = await ReadTextAsync(client, LongestWhole(bytes, split));
            mayGoOn.SetResult();
            Assert.Equal(Sample, first + await ReadTextAsync(client, bytes.Length - Encoding.UTF8.GetByteCount(first)));
            await client.AssertClosedAsync(1000);
        }
    }

    [Theory, InlineData(4), InlineData(5), InlineData(1000)]
    public async Task No_text_is_longer_than_the_longest_message(int longest)
    {
        string text = string.Concat(Enumerable.Repeat(Sample, 500));
        await using TestBackend backend = TestBackend.Start(socket => socket.SendAllAsync(Encoding.UTF8.GetBytes(text)));
        await using GatewayWorld world = await StartAsync(gate => gate with { MaxMessageBytes = longest });
        using WsClient client = await EnterTextAsync(world, backend);
        Assert.Equal(text, await ReadTextAsync(client, Encoding.UTF8.GetByteCount(text), longest));
        await client.AssertClosedAsync(1000);
    }

    [Fact]
    public async Task Each_frame_of_the_backend_is_one_text()
    {
        byte[][] messages = [Encoding.UTF8.GetBytes(Sample), [], "b"u8.ToArray()];
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.SendAllAsync(messages.SelectMany(Prefixed).ToArray());
        });
        await using GatewayWorld world = await StartAsync(gate => gate with { ToClient = WebSocketFraming.LengthPrefixed });
        using WsClient client = await EnterTextAsync(world, backend);
        foreach (byte[] message in messages)
        {
            WsFrame frame = await client.ReadFrameAsync();
            Assert.Equal(Fin | Text, frame.First);
            Assert.Equal(message, frame.Payload);
        }

        await client.AssertClosedAsync(1000);
    }

    [Theory]
    [InlineData(WebSocketFraming.Raw, new byte[] { 0xff })]
    [InlineData(WebSocketFraming.Raw, new byte[] { 0xc3, 0x28 })]
    [InlineData(WebSocketFraming.Raw, new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(WebSocketFraming.Raw, new byte[] { 0xe2, 0x82 })]
    [InlineData(WebSocketFraming.LengthPrefixed, new byte[] { 1, 0, 0, 0, 0xff })]
    [InlineData(WebSocketFraming.LengthPrefixed, new byte[] { 2, 0, 0, 0, 0xe2, 0x82 })]
    public async Task Bytes_that_are_no_text_end_the_session_with_1011(WebSocketFraming framing, byte[] bytes)
    {
        foreach (bool apart in new[] { false, true })
        {
            await using TestBackend backend = TestBackend.Start(async socket =>
            {
                foreach (byte[] piece in apart ? bytes.Chunk(1) : [bytes])
                {
                    await socket.SendAllAsync(piece);
                }
            });
            await using GatewayWorld world = await StartAsync(gate => gate with { ToClient = framing });
            using WsClient client = await EnterTextAsync(world, backend);
            await client.AssertClosedAsync(1011);
            Assert.Equal("backend_lost", (await world.NextEndedAsync())["Reason"]);
        }
    }

    /// <summary>The end of the backend comes in the same turn as what is no message.</summary>
    [Fact]
    public async Task A_message_that_is_too_long_is_1011_even_if_the_backend_has_finished_at_once()
    {
        await using TestBackend backend = TestBackend.Start(
            socket => socket.SendAllAsync((byte[])[.. Prefixed(new byte[101]), .. Prefixed("more"u8.ToArray())]));
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { ToClient = WebSocketFraming.LengthPrefixed, MaxMessageBytes = 100 });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        await client.AssertClosedAsync(1011);
        Assert.Equal("backend_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_message_that_is_too_long_is_1011_for_a_client_that_has_finished_too()
    {
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveToEndAsync();
            await socket.SendAllAsync(Prefixed(new byte[101]));
        });
        await using GatewayWorld world = await WsWorld.StartAsync(
            gate => gate with { ToClient = WebSocketFraming.LengthPrefixed, MaxMessageBytes = 100 });
        using WsClient client = await EnterAsync(world.EndPoint, backend.Key);
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await client.AssertClosedAsync(1011, answer: false);
        Assert.Equal("backend_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task A_success_message_that_is_no_text_keeps_the_gateway_from_starting() =>
        Assert.Contains(
            "not UTF-8",
            (await Assert.ThrowsAsync<ArgumentException>(
                () => WsWorld.StartAsync(
                    gate => gate with { TextToClient = true }, options => options with { SuccessMessage = new byte[] { 0xff } }))).Message,
            StringComparison.Ordinal);

    private static Task<GatewayWorld> StartAsync(Func<WebSocketGateOptions, WebSocketGateOptions> change) =>
        WsWorld.StartAsync(gate => change(gate with { TextToClient = true }));

    private static async Task<WsClient> EnterTextAsync(GatewayWorld world, TestBackend backend, params string[] headers)
    {
        WsClient client = await UpgradeAsync(world.EndPoint, Request("/", [$"server-identify: {backend.Key}", .. headers]));
        WsFrame welcome = await client.ReadFrameAsync();
        Assert.Equal((Fin | Text, "ok"), (welcome.First, Encoding.UTF8.GetString(welcome.Payload)));
        return client;
    }

    /// <summary>This many bytes of text, each message of it valid by itself.</summary>
    private static async Task<string> ReadTextAsync(WsClient client, int bytes, int longest = int.MaxValue)
    {
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        var text = new StringBuilder();
        while (bytes > 0)
        {
            WsFrame frame = await client.ReadFrameAsync();
            Assert.Equal(Fin | Text, frame.First);
            Assert.InRange(frame.Payload.Length, 1, longest);
            text.Append(strict.GetString(frame.Payload));
            bytes -= frame.Payload.Length;
        }

        return text.ToString();
    }

    /// <summary>How many of the first bytes are whole characters.</summary>
    private static int LongestWhole(byte[] bytes, int count)
    {
        while (count < bytes.Length && (bytes[count] & 0xc0) == 0x80)
        {
            count--;
        }

        return count;
    }
}
