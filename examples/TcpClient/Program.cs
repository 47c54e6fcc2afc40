// A game client: connects to the gateway, names its backend, waits for "ok", then talks to the backend.
//   dotnet run --project examples/TcpClient -- [gateway, 127.0.0.1:7082] [backend, 127.0.0.1:7083]
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

IPEndPoint gateway = IPEndPoint.Parse(args.Length > 0 ? args[0] : "127.0.0.1:7082");
string backend = args.Length > 1 ? args[1] : "127.0.0.1:7083";

using var client = new TcpClient();
await client.ConnectAsync(gateway);
NetworkStream stream = client.GetStream();

// The handshake: uint32 length (little-endian), then the key. The answer has the same form.
await SendFrameAsync(stream, backend);
string answer = await ReadFrameAsync(stream);
Console.WriteLine($"the gateway says: {answer}");
if (answer.StartsWith("error ", StringComparison.Ordinal))
{
    return 1;
}

// From here on the stream is a byte stream to and from the backend.
byte[] message = Encoding.UTF8.GetBytes("hello from the other side of the gateway");
await stream.WriteAsync(message);
byte[] echo = new byte[message.Length];
await stream.ReadExactlyAsync(echo);
Console.WriteLine($"the backend says: {Encoding.UTF8.GetString(echo)}");
return 0;

static async Task SendFrameAsync(NetworkStream stream, string text)
{
    byte[] frame = new byte[4 + Encoding.UTF8.GetByteCount(text)];
    BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
    Encoding.UTF8.GetBytes(text, frame.AsSpan(4));
    await stream.WriteAsync(frame);
}

static async Task<string> ReadFrameAsync(NetworkStream stream)
{
    byte[] length = new byte[4];
    await stream.ReadExactlyAsync(length);
    byte[] text = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
    await stream.ReadExactlyAsync(text);
    return Encoding.UTF8.GetString(text);
}
