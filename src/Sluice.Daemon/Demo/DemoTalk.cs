using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Sluice.Daemon.Demo;

/// <summary>What an example client says over any protocol: the key in a frame, and then a message to the backend. It is all that a game has to add.</summary>
internal sealed class DemoTalk(IDemoPipe pipe, Action<string> show)
{
    private const int LongestReply = 64 * 1024;

    /// <summary>Names the backend, and waits until it is there.</summary>
    public async Task GreetAsync(IPEndPoint backend, CancellationToken cancellation)
    {
        await pipe.SendAsync(Frame(Encoding.UTF8.GetBytes(backend.ToString())), cancellation);
        show($"sends the key \"{backend}\" in a frame");
        string answer = await ReadFrameAsync(cancellation);
        show($"receives the answer \"{answer}\": from here on it talks to the backend");
        if (answer.StartsWith("error ", StringComparison.Ordinal))
        {
            throw new IOException($"The gateway refused {backend}: {answer}.");
        }
    }

    /// <summary>Sends a message, and expects it back.</summary>
    public async Task EchoAsync(string message, CancellationToken cancellation)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        await pipe.SendAsync(bytes, cancellation);
        show($"sends \"{message}\"");
        byte[] echo = new byte[bytes.Length];
        await pipe.ReceiveAsync(echo, cancellation);
        show($"receives \"{Encoding.UTF8.GetString(echo)}\"");
        if (!echo.AsSpan().SequenceEqual(bytes))
        {
            throw new IOException($"\"{message}\" did not come back as it was sent.");
        }
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
