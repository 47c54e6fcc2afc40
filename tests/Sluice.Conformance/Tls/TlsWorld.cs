using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Sluice.Gateway.Gates;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using Sluice.Testing.WebSocket;
using Sluice.Transport.Loop;
using Sluice.Transport.Tls;
using Sluice.Transport.WebSocket;

namespace Sluice.Conformance.Tls;

/// <summary>Starts a gateway that speaks TLS, and clients of it as streams.</summary>
internal static class TlsWorld
{
    public static readonly Engine Engine = new(PollerKind.Default, ZeroCopy: true);

    /// <summary>The gates that speak TLS.</summary>
    public static TheoryData<Protocol> Gates => [Protocol.Tcp, Protocol.WebSocket];

    /// <param name="tls">The TLS settings.</param>
    /// <param name="gate">The only gate of this gateway.</param>
    /// <param name="virtualTime">Whether time stands still until the test moves it.</param>
    public static Task<GatewayWorld> StartAsync(TlsServerOptions tls, Protocol gate = Protocol.Tcp, bool virtualTime = false) =>
        GatewayWorld.StartAsync(
            Engine,
            options => gate == Protocol.Tcp
                ? options with { Tcp = options.Tcp! with { Tls = tls } }
                : options with
                {
                    Tcp = null,
                    WebSocket = new WebSocketGateOptions
                    {
                        Bind = options.Tcp!.Bind,
                        Port = 0,
                        Tls = tls,
                        ToBackend = WebSocketFraming.Raw,
                    },
                },
            virtualTime);

    public static TlsServerOptions With(params TlsCertificateFiles[] certificates) => new() { Certificates = certificates };

    /// <summary>Returns a client that has finished its handshake.</summary>
    public static async Task<SslStream> ConnectTlsAsync(this GatewayWorld world, SslClientAuthenticationOptions options)
    {
        var tls = new TlsStream(await world.ConnectAsync(), ownsSocket: true);
        await tls.AuthenticateAsClientAsync(options).WaitAsync(SocketExtensions.Patience);
        return tls;
    }

    /// <summary>Names the backend and reads the welcome message.</summary>
    public static async Task EnterAsync(this SslStream tls, string key, Protocol gate = Protocol.Tcp)
    {
        if (gate == Protocol.Tcp)
        {
            await tls.WriteAsync(GatewayWorld.Frame(key));
            Assert.Equal(GatewayWorld.Ok, await tls.ReceiveExactlyAsync(GatewayWorld.Ok.Length));
            return;
        }

        await tls.WriteAsync(Encoding.ASCII.GetBytes(WsClient.Request("/", $"server-identify: {key}")));
        string answer = "";
        while (!answer.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            answer += (char)(await tls.ReceiveExactlyAsync(1))[0];
        }

        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        Assert.Equal("ok"u8.ToArray(), await tls.ReceiveMessageAsync());
    }

    /// <summary>Sends payload for the backend.</summary>
    public static Task SendAsync(this SslStream tls, byte[] bytes, Protocol gate) =>
        tls.WriteAsync(gate == Protocol.Tcp ? bytes : WsClient.Message(bytes)).AsTask();

    public static async Task<byte[]> ReceiveExactlyAsync(this SslStream tls, int count)
    {
        byte[] bytes = new byte[count];
        await tls.ReadExactlyAsync(bytes).AsTask().WaitAsync(SocketExtensions.Patience);
        return bytes;
    }

    /// <summary>Receives everything up to close_notify.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this SslStream tls)
    {
        using var all = new MemoryStream();
        await tls.CopyToAsync(all).WaitAsync(SocketExtensions.Patience);
        return all.ToArray();
    }

    public static async Task AssertEchoAsync(this SslStream tls, byte[] bytes, Protocol gate = Protocol.Tcp)
    {
        Task sending = tls.SendAsync(bytes, gate);
        using var echoed = new MemoryStream();
        while (echoed.Length < bytes.Length)
        {
            echoed.Write(gate == Protocol.Tcp ? await tls.ReceiveExactlyAsync(bytes.Length) : await tls.ReceiveMessageAsync());
        }

        Assert.Equal(bytes, echoed.ToArray());
        await sending;
    }

    /// <summary>Receives one whole binary message.</summary>
    private static async Task<byte[]> ReceiveMessageAsync(this SslStream tls)
    {
        byte[] head = await tls.ReceiveExactlyAsync(2);
        Assert.Equal(WsClient.Fin | WsClient.Binary, head[0]);
        int bytes = head[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await tls.ReceiveExactlyAsync(2)),
            127 => (int)BinaryPrimitives.ReadUInt64BigEndian(await tls.ReceiveExactlyAsync(8)),
            _ => head[1],
        };
        return await tls.ReceiveExactlyAsync(bytes);
    }

    public static string ServerName(this SslStream tls) =>
        new X509Certificate2(tls.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    /// <summary>Returns the settings of a client that accepts any certificate, so that a test can see which one is served.</summary>
    public static SslClientAuthenticationOptions Anything(string name) => new()
    {
        TargetHost = name,
#pragma warning disable CA5359 // The test checks which certificate is served, not whether it is trusted.
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
    };
}
