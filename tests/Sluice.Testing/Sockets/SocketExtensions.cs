using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Xunit.Sdk;

namespace Sluice.Testing.Sockets;

/// <summary>Whole sends and receives on raw sockets. A hung test fails after <see cref="Patience"/>.</summary>
internal static class SocketExtensions
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Returns the two ends of one connection.</summary>
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

    /// <summary>Receives exactly this many bytes.</summary>
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

    /// <summary>Receives everything up to FIN.</summary>
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

    /// <summary>Reads to the end and returns whether it is a reset.</summary>
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

    /// <summary>Receives everything up to the reset that ends the connection.</summary>
    public static async Task<byte[]> ReceiveToResetAsync(this Socket socket)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Patience) is > 0 and var count)
            {
                all.Write(buffer, 0, count);
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset)
        {
            return all.ToArray();
        }

        Assert.Fail($"the connection ended with FIN, not with a reset, after {all.Length} bytes");
        return [];
    }

    /// <summary>Number of bytes that the peer's kernel has acknowledged since the connection began. Linux only.</summary>
    public static long Acknowledged(this Socket socket) => ReadTcpInfo(socket).Acknowledged;

    /// <summary>
    /// Completes when the peer's kernel has everything that was sent. Completes immediately on systems that cannot report this.
    /// </summary>
    public static async Task UntilDeliveredAsync(this Socket socket)
    {
        for (long start = Stopwatch.GetTimestamp(); OperatingSystem.IsLinux() && ReadTcpInfo(socket) is not { Unsent: 0, InFlight: 0 };)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "the peer did not take all that was sent");
            await Task.Yield();
        }
    }

    /// <summary>
    /// Waits until the peer's kernel has everything that was sent, then closes with a reset. A reset would drop the rest.
    /// </summary>
    public static async Task ResetOnceDeliveredAsync(this Socket socket)
    {
        try
        {
            await socket.UntilDeliveredAsync();
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or XunitException)
        {
            // The peer will not take it.
        }

        socket.Reset();
    }

    /// <summary>Closes with a reset.</summary>
    public static void Reset(this Socket socket)
    {
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }

    /// <summary>Reads tcpi_unacked, tcpi_bytes_acked and tcpi_notsent_bytes of Linux's struct tcp_info.</summary>
    private static (long Acknowledged, uint Unsent, uint InFlight) ReadTcpInfo(Socket socket)
    {
        Span<byte> info = stackalloc byte[148];
        socket.GetRawSocketOption(6, 11, info);
        return (MemoryMarshal.Read<long>(info[120..]), MemoryMarshal.Read<uint>(info[144..]), MemoryMarshal.Read<uint>(info[24..]));
    }
}
