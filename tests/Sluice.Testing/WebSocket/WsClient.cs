using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;

namespace Sluice.Testing.WebSocket;

/// <summary>A client that writes every byte itself, so that a test can send any invalid input.</summary>
internal sealed class WsClient : IDisposable
{
    public const byte Fin = 0x80;
    public const byte Text = 1;
    public const byte Binary = 2;
    public const byte Close = 8;
    public const byte Ping = 9;
    public const byte Pong = 10;

    private const string Nonce = "dGhlIHNhbXBsZSBub25jZQ==";
    private const string NonceAnswer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    private static readonly byte[] Mask = [0x11, 0x22, 0x33, 0x44];

    private WsClient(Socket socket)
    {
        Socket = socket;
    }

    public Socket Socket { get; }

    /// <summary>The response to the upgrade, up to its empty line.</summary>
    public string Answer { get; private set; } = "";

    /// <summary>Returns a valid request, with these additional header lines.</summary>
    public static string Request(string target = "/", params string[] headers) =>
        $"GET {target} HTTP/1.1\r\nHost: gate.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + $"Sec-WebSocket-Key: {Nonce}\r\nSec-WebSocket-Version: 13\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n";

    public static async Task<WsClient> ConnectAsync(IPEndPoint gate)
    {
        var socket = new Socket(gate.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gate);
        return new WsClient(socket);
    }

    /// <summary>Returns a client whose upgrade was accepted. Sends further bytes directly after the request.</summary>
    public static async Task<WsClient> UpgradeAsync(IPEndPoint gate, string request, params byte[][] following)
    {
        WsClient client = await ConnectAsync(gate);
        await client.SendAsync([.. Encoding.Latin1.GetBytes(request), .. following.SelectMany(bytes => bytes)]);
        await client.ReadAnswerAsync();
        Assert.StartsWith("HTTP/1.1 101 ", client.Answer, StringComparison.Ordinal);
        Assert.Contains($"Sec-WebSocket-Accept: {NonceAnswer}\r\n", client.Answer, StringComparison.Ordinal);
        return client;
    }

    /// <summary>Returns a client that named its backend in the header and was accepted.</summary>
    public static async Task<WsClient> EnterAsync(IPEndPoint gate, string key, params string[] headers)
    {
        WsClient client = await UpgradeAsync(gate, Request("/", [$"server-identify: {key}", .. headers]));
        await client.AssertMessageAsync("ok"u8.ToArray());
        return client;
    }

    public static byte[] Frame(byte first, ReadOnlySpan<byte> payload, byte[]? mask = null)
    {
        mask ??= Mask;
        using var bytes = new MemoryStream();
        bytes.WriteByte(first);
        Span<byte> length = stackalloc byte[8];
        if (payload.Length < 126)
        {
            bytes.WriteByte((byte)(0x80 | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            bytes.WriteByte(0x80 | 126);
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            bytes.Write(length[..2]);
        }
        else
        {
            bytes.WriteByte(0x80 | 127);
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            bytes.Write(length);
        }

        bytes.Write(mask);
        for (int i = 0; i < payload.Length; i++)
        {
            bytes.WriteByte((byte)(payload[i] ^ mask[i & 3]));
        }

        return bytes.ToArray();
    }

    public static byte[] Message(byte[] payload) => Frame(Fin | Binary, payload);

    public static byte[] CloseFrame(int code, string reason = "") =>
        Frame(Fin | Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    /// <summary>Returns a message as the backend receives it by default.</summary>
    public static byte[] Prefixed(byte[] payload) => GatewayWorld.Frame(payload);

    public Task SendAsync(byte[] bytes) => Socket.SendAllAsync(bytes);

    public async Task ReadAnswerAsync()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            text.Append((char)(await Socket.ReceiveExactlyAsync(1))[0]);
        }

        Answer = text.ToString();
    }

    public async Task<WsFrame> ReadFrameAsync()
    {
        byte[] head = await Socket.ReceiveExactlyAsync(2);
        Assert.True((head[1] & 0x80) == 0, "a server must not mask");
        ulong length = head[1];
        if (length == 126)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(await Socket.ReceiveExactlyAsync(2));
            Assert.True(length >= 126, "the length is not in its shortest form");
        }
        else if (length == 127)
        {
            length = BinaryPrimitives.ReadUInt64BigEndian(await Socket.ReceiveExactlyAsync(8));
            Assert.True(length > ushort.MaxValue, "the length is not in its shortest form");
        }

        return new WsFrame(head[0], await Socket.ReceiveExactlyAsync((int)length));
    }

    public async Task AssertMessageAsync(byte[] payload)
    {
        WsFrame frame = await ReadFrameAsync();
        Assert.Equal(Fin | Binary, frame.First);
        Assert.Equal(payload, frame.Payload);
    }

    /// <summary>Reads binary messages as a byte stream.</summary>
    public async Task<byte[]> ReadStreamAsync(int count)
    {
        using var bytes = new MemoryStream();
        while (bytes.Length < count)
        {
            WsFrame frame = await ReadFrameAsync();
            Assert.Equal(Fin | Binary, frame.First);
            bytes.Write(frame.Payload);
        }

        return bytes.ToArray();
    }

    /// <summary>Asserts that the next frame is a close frame with this code and reason, and that nothing follows it.</summary>
    public async Task AssertClosedAsync(int code, string reason = "", bool answer = true)
    {
        WsFrame frame = await ReadFrameAsync();
        Assert.Equal((Fin | Close, code, reason), (frame.First, frame.CloseCode, frame.CloseReason));
        if (answer)
        {
            await SendAsync(code == 0 ? Frame(Fin | Close, default) : CloseFrame(code));
        }

        Assert.Empty(await Socket.ReceiveToEndAsync());
    }

    public void Dispose() => Socket.Dispose();
}
