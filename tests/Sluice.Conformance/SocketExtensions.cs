using System.Net;
using System.Net.Sockets;

namespace Sluice.Conformance;

/// <summary>Whole sends and receives on raw sockets. A hung test fails after <see cref="Patience"/> instead of never.</summary>
internal static class SocketExtensions
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Two ends of one connection.</summary>
    public static async Task<(Socket Near, Socket Far)> PairAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(listener.LocalEndPoint!);
        Socket far = await listener.AcceptAsync();
        far.NoDelay = true;
        return (near, far);
    }

    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> data)
    {
        while (data.Length > 0)
        {
            data = data[await socket.SendAsync(data).AsTask().WaitAsync(Patience)..];
        }
    }

    /// <summary>Exactly so many bytes.</summary>
    public static async Task<byte[]> ReceiveExactlyAsync(this Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        int filled = 0;
        while (filled < count)
        {
            int received = await socket.ReceiveAsync(bytes.AsMemory(filled)).AsTask().WaitAsync(Patience);
            Assert.True(received > 0, $"the connection ended after {filled} of {count} bytes");
            filled += received;
        }

        return bytes;
    }

    /// <summary>Everything up to FIN.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer).WaitAsync(Patience) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>True where the next receive finds the connection reset, once what came before is read.</summary>
    public static async Task<bool> IsResetAsync(this Socket socket)
    {
        try
        {
            await socket.ReceiveToEndAsync();
            return false;
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>Closes with a reset.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}
