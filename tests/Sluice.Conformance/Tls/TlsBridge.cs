using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Conformance.Tls;

/// <summary>
/// Lets a scenario that speaks through a plain socket speak TLS: bytes as bytes, FIN as close_notify with FIN, a reset as a reset, both ways.
/// </summary>
internal static class TlsBridge
{
    /// <summary>The near end; the far end is a TLS client of the gateway.</summary>
    public static async Task<Socket> ConnectAsync(IPEndPoint gateway, TestAuthority authority)
    {
        (Socket near, Socket far) = await SocketExtensions.PairAsync();
        var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway);
        var tls = new TlsStream(socket);
        await tls.AuthenticateAsClientAsync(ClientOptions(authority)).WaitAsync(SocketExtensions.Patience);
        _ = RunAsync(far, tls, socket);
        return near;
    }

    /// <summary>Settings of a client that believes one authority.</summary>
    public static SslClientAuthenticationOptions ClientOptions(TestAuthority authority, string name = "gate.test")
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(authority.Certificate);
        return new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = trust };
    }

    private static async Task RunAsync(Socket far, SslStream tls, Socket socket)
    {
        try
        {
            Task sending = SendAsync(far, tls, socket);
            Task receiving = ReceiveAsync(tls, far);

            // A fault of either ends both; without one, each goes on to its end.
            await await Task.WhenAny(sending, receiving);
            await Task.WhenAll(sending, receiving);
            far.Dispose();
            socket.Dispose();
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            far.Reset();
            socket.Reset();
        }
        finally
        {
            await tls.DisposeAsync();
        }
    }

    private static async Task SendAsync(Socket far, SslStream tls, Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await far.ReceiveAsync(buffer) is > 0 and var count)
        {
            await tls.WriteAsync(buffer.AsMemory(0, count));
        }

        await tls.ShutdownAsync();
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task ReceiveAsync(SslStream tls, Socket far)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await tls.ReadAsync(buffer) is > 0 and var count)
        {
            await far.SendAllAsync(buffer.AsMemory(0, count));
        }

        far.Shutdown(SocketShutdown.Send);
    }
}
