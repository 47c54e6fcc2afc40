using System.Net;
using System.Net.Sockets;

namespace Sluice.Transport.Tests.Kit;

/// <summary>The other end of a connection: a plain blocking socket, used without any code of ours.</summary>
internal static class RawSockets
{
    public static Socket Listen(IPAddress? address = null, int backlog = 128)
    {
        address ??= IPAddress.Loopback;
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(backlog);
        return listener;
    }

    public static async Task<Socket> ConnectAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).WaitAsync(Observed.HungAfter);
        return socket;
    }

    public static NetworkAddress Address(this Socket listener) => NetworkAddress.From((IPEndPoint)listener.LocalEndPoint!);

    public static IPEndPoint LoopbackOf(int port) => new(IPAddress.Loopback, port);

    /// <summary>A port that nobody listens on: held by a bound socket that does not listen.</summary>
    public static Socket Closed()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    /// <summary>A socket that has this port and does not listen; null where somebody else has it.</summary>
    public static Socket? TryHold(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            return socket;
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Everything until FIN.</summary>
    public static async Task<byte[]> ReadToEndAsync(this Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = await socket.ReceiveAsync(buffer).WaitAsync(Observed.HungAfter)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    public static async Task<byte[]> ReadExactlyAsync(this Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int read = 0; read < count;)
        {
            int more = await socket.ReceiveAsync(bytes.AsMemory(read)).AsTask().WaitAsync(Observed.HungAfter);
            Assert.NotEqual(0, more);
            read += more;
        }

        return bytes;
    }

    public static async Task WriteAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes).AsTask().WaitAsync(Observed.HungAfter)..];
        }
    }

    public static async Task<SocketError> ReadErrorAsync(this Socket socket)
    {
        try
        {
            await socket.ReadToEndAsync();
            return SocketError.Success;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }

    /// <summary>Ends the connection with a reset.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Close();
    }

    /// <summary>As an assertion on millions of bytes, which Assert.Equal is slow at.</summary>
    public static void SameBytes(byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        int differs = expected.AsSpan().CommonPrefixLength(actual);
        Assert.True(differs == expected.Length, $"byte {differs} of {expected.Length} differs");
    }

    public static byte[] Noise(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
