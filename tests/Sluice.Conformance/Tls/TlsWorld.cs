using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Sluice.Gateway;
using Sluice.Transport.Loop;
using Sluice.Transport.Tls;

namespace Sluice.Conformance.Tls;

/// <summary>A gateway that speaks TLS, and clients as streams.</summary>
internal static class TlsWorld
{
    public static readonly Engine Engine = new(PollerKind.Default, ZeroCopy: true);

    public static Task<GatewayWorld> StartAsync(TlsServerOptions tls, Func<GatewayOptions, GatewayOptions>? change = null, bool virtualTime = false) =>
        GatewayWorld.StartAsync(
            Engine,
            options =>
            {
                options = options with { Tcp = options.Tcp! with { Tls = tls } };
                return change is null ? options : change(options);
            },
            virtualTime);

    public static TlsServerOptions With(params TlsCertificateFiles[] certificates) => new() { Certificates = certificates };

    /// <summary>A client whose handshake is done.</summary>
    public static async Task<SslStream> ConnectTlsAsync(this GatewayWorld world, SslClientAuthenticationOptions options)
    {
        var tls = new TlsStream(await world.ConnectAsync(), ownsSocket: true);
        await tls.AuthenticateAsClientAsync(options).WaitAsync(SocketExtensions.Patience);
        return tls;
    }

    /// <summary>Names its backend and is welcomed.</summary>
    public static async Task EnterAsync(this SslStream tls, string key)
    {
        await tls.WriteAsync(GatewayWorld.Frame(key));
        Assert.Equal(GatewayWorld.Ok, await tls.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
    }

    public static async Task<byte[]> ReceiveExactlyAsync(this SslStream tls, int count)
    {
        byte[] bytes = new byte[count];
        await tls.ReadExactlyAsync(bytes).AsTask().WaitAsync(SocketExtensions.Patience);
        return bytes;
    }

    /// <summary>Everything up to close_notify.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this SslStream tls)
    {
        using var all = new MemoryStream();
        await tls.CopyToAsync(all).WaitAsync(SocketExtensions.Patience);
        return all.ToArray();
    }

    public static async Task AssertEchoAsync(this SslStream tls, byte[] bytes)
    {
        Task sending = tls.WriteAsync(bytes).AsTask();
        Assert.Equal(bytes, await tls.ReceiveExactlyAsync(bytes.Length));
        await sending;
    }

    public static string ServerName(this SslStream tls) =>
        new X509Certificate2(tls.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    /// <summary>Settings of a client that takes any certificate, to see which one it gets.</summary>
    public static SslClientAuthenticationOptions Anything(string name) => new()
    {
        TargetHost = name,
#pragma warning disable CA5359 // It is a test of what is served, not of whether to believe it.
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
    };
}
