using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Logging;
using Sluice.Testing.Loops;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Tls;

namespace Sluice.Transport.Tests.Tls;

/// <summary>Warnings about clients that are rejected for their certificates.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private const int HandshakeFailed = 130;
    private const int ClientNotTrusted = 135;

    private readonly CertificateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(SslProtocols.Tls12), InlineData(SslProtocols.Tls13)]
    public async Task A_client_without_one_is_a_warning_now_and_then(SslProtocols protocol)
    {
        using var loop = new TestLoop();
        var server = new TlsServer(_folder.Options with { ClientCaFile = _folder.Files.CertificateFile });
        for (int i = 0; i < 3; i++)
        {
            await RefuseAsync(loop, server, protocol);
        }

        await loop.AdvanceAsync(10_000);
        await RefuseAsync(loop, server, protocol);
        LogLine[] warnings = [.. loop.Log.Lines.Where(line => line.Id == ClientNotTrusted)];
        Assert.Equal(2, warnings.Length);
        Assert.All(warnings, line => Assert.Equal(LogLevel.Warning, line.Level));
        Assert.Contains("certificate", warnings[0].Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, loop.Log.Count(HandshakeFailed));
    }

    /// <summary>A client of another protocol is no matter of certificates, and fills no log.</summary>
    [Fact]
    public async Task A_client_that_speaks_no_TLS_is_no_warning()
    {
        using var loop = new TestLoop();
        var server = new TlsServer(_folder.Options with { ClientCaFile = _folder.Files.CertificateFile });
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        RecordingHandler handler = await AcceptAsync(loop, pair, server);
        pair.Peer.Send(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: gate.test\r\n\r\n"));
        await handler.UntilAsync(() => handler.LostCount == 1);
        Assert.Equal((0, 1), (loop.Log.Count(ClientNotTrusted), loop.Log.Count(HandshakeFailed)));
    }

    private static async Task RefuseAsync(TestLoop loop, TlsServer server, SslProtocols protocol)
    {
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        RecordingHandler handler = await AcceptAsync(loop, pair, server);
        await using var client = new SslStream(new NetworkStream(pair.Peer));
        try
        {
#pragma warning disable CA5359 // The client's certificate is what is tested here.
            await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "first.test",
                EnabledSslProtocols = protocol,
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
            }).WaitAsync(Observed.HungAfter);
#pragma warning restore CA5359
        }
        catch (Exception failure) when (failure is IOException or AuthenticationException)
        {
            // With TLS 1.3 a client only learns of it when it reads.
        }

        await handler.UntilAsync(() => handler.LostCount == 1);
        Assert.Equal(TlsConnection.ProtocolViolation, handler.LostError);
    }

    private static async Task<RecordingHandler> AcceptAsync(TestLoop loop, TcpPair pair, TlsServer server)
    {
        var handler = new RecordingHandler();
        await loop.RunAsync(() =>
        {
            TlsConnection connection = TlsConnection.Accept(pair.Connection, server, loop.Log);
            connection.Handler = handler;
            connection.Resume();
        });
        return handler;
    }
}
