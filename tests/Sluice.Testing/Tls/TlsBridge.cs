using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Sluice.Testing.Sockets;

namespace Sluice.Testing.Tls;

/// <summary>
/// Lets a scenario written for a plain socket use TLS. Bytes stay bytes, FIN becomes close_notify with FIN, and a reset stays a reset, in
/// both directions.
/// </summary>
internal static class TlsBridge
{
    /// <summary>Returns the near end. The far end is a TLS client of the gateway.</summary>
    /// <param name="gateway">The gateway to connect to.</param>
    /// <param name="authority">The authority that the client trusts.</param>
    /// <param name="finishedByBoth">Whether to return only after the gateway has finished the handshake as well. Forces TLS 1.2.</param>
    public static async Task<Socket> ConnectAsync(IPEndPoint gateway, TestAuthority authority, bool finishedByBoth = false)
    {
        (Socket near, Socket far) = await SocketExtensions.PairAsync();
        var socket = new Socket(gateway.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway);
        var tls = new TlsStream(socket);
        SslClientAuthenticationOptions options = ClientOptions(authority);
        if (finishedByBoth)
        {
            // In TLS 1.2 the server finishes last, unless the client resumes an earlier session.
            options.EnabledSslProtocols = SslProtocols.Tls12;
            options.AllowTlsResume = false;
        }

        await tls.AuthenticateAsClientAsync(options).WaitAsync(SocketExtensions.Patience);
        _ = RunAsync(far, tls, socket);
        return near;
    }

    /// <summary>Returns the settings of a client that trusts one authority.</summary>
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

            // If either fails, both end. Otherwise each runs to its end.
            await await Task.WhenAny(sending, receiving);
            await Task.WhenAll(sending, receiving);
            far.Dispose();
            socket.Dispose();
        }
        catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            socket.Reset();
            await far.ResetOnceDeliveredAsync();
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
