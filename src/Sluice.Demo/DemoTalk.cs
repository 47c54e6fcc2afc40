using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Sluice.Demo;

/// <summary>
/// The bytes that an example client sends over any protocol: the key in a frame, then messages to the backend. A game adds no more than
/// this.
/// </summary>
internal sealed class DemoTalk(IDemoPipe pipe, Action<string> show)
{
    private const int LongestReply = 64 * 1024;

    /// <summary>Names the backend, and waits until it is connected.</summary>
    public async Task GreetAsync(IPEndPoint backend, CancellationToken cancellation)
    {
        await pipe.SendAsync(Frame(Encoding.UTF8.GetBytes(backend.ToString())), cancellation);
        string answer = await ReadFrameAsync(cancellation);
        if (answer.StartsWith("error ", StringComparison.Ordinal))
        {
            throw new IOException($"The gateway rejected {backend}: {answer}.");
        }

        show($"sends the key \"{backend}\" in a frame, receives \"{answer}\": from here on it talks to the backend");
    }

    /// <summary>Sends a message and waits until it comes back.</summary>
    public async Task EchoAsync(string message, CancellationToken cancellation)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        await pipe.SendAsync(bytes, cancellation);
        byte[] echo = new byte[bytes.Length];
        await pipe.ReceiveAsync(echo, cancellation);
        if (!echo.AsSpan().SequenceEqual(bytes))
        {
            throw new IOException($"\"{message}\" did not come back as it was sent.");
        }

        show($"sends \"{message}\", receives \"{message}\"");
    }

    private static byte[] Frame(byte[] payload)
    {
        byte[] frame = new byte[sizeof(uint) + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        payload.CopyTo(frame, sizeof(uint));
        return frame;
    }

    private async Task<string> ReadFrameAsync(CancellationToken cancellation)
    {
        byte[] header = new byte[sizeof(uint)];
        await pipe.ReceiveAsync(header, cancellation);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > LongestReply)
        {
            throw new IOException($"The gateway announced {length} bytes.");
        }

        byte[] payload = new byte[length];
        await pipe.ReceiveAsync(payload, cancellation);
        return Encoding.UTF8.GetString(payload);
    }
}
