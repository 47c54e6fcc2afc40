using System.Net;
using System.Net.Sockets;
using Sluice.Testing.Loops;
using Sluice.Transport;

namespace Sluice.Testing.Sockets;

/// <summary>The other end of a connection: plain blocking sockets, used without any code of ours.</summary>
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

    /// <summary>Returns a bound socket that does not listen, so connections to its port are refused.</summary>
    public static Socket Closed()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    /// <summary>Binds a socket to this port without listening. Returns null if the port is taken.</summary>
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

    public static async Task<SocketError> ReadErrorAsync(this Socket socket)
    {
        try
        {
            await socket.ReceiveToEndAsync();
            return SocketError.Success;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }

    /// <summary>Asserts that two arrays are equal. Assert.Equal is slow for millions of bytes.</summary>
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
