using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Testing.Programs;

/// <summary>A client that speaks the framed handshake.</summary>
internal sealed class FramedClient : IDisposable
{
    private readonly TcpClient _tcp = new();

    private FramedClient()
    {
    }

    public NetworkStream Stream => _tcp.GetStream();

    public static async Task<FramedClient> ConnectAsync(IPEndPoint gateway)
    {
        var client = new FramedClient();
        await client._tcp.ConnectAsync(gateway);
        return client;
    }

    public Task<string> GreetAsync(IPEndPoint backend) => GreetAsync(backend.ToString());

    /// <summary>Sends the route key and returns the answer.</summary>
    public async Task<string> GreetAsync(string key)
    {
        byte[] payload = Encoding.UTF8.GetBytes(key);
        byte[] frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        payload.CopyTo(frame, 4);
        await Stream.WriteAsync(frame);
        return await ReadFrameAsync();
    }

    public async Task<string> ReadFrameAsync()
    {
        byte[] header = new byte[4];
        await Stream.ReadExactlyAsync(header);
        byte[] payload = new byte[BinaryPrimitives.ReadInt32LittleEndian(header)];
        await Stream.ReadExactlyAsync(payload);
        return Encoding.UTF8.GetString(payload);
    }

    /// <summary>Sends bytes and waits for their echo.</summary>
    public async Task<string> EchoAsync(string text)
    {
        await Stream.WriteAsync(Encoding.UTF8.GetBytes(text));
        byte[] echo = new byte[Encoding.UTF8.GetByteCount(text)];
        await Stream.ReadExactlyAsync(echo);
        return Encoding.UTF8.GetString(echo);
    }

    public void Dispose() => _tcp.Dispose();
}
