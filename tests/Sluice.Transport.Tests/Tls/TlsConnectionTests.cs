using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sluice.Testing.Loops;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Tls;

namespace Sluice.Transport.Tests.Tls;

/// <summary>TLS as a connection: over any other, with bounded buffers, all of them given back.</summary>
public sealed class TlsConnectionTests : IDisposable
{
    private readonly CertificateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The inner TLS's bytes do not lie in the loop's scratch buffer, as those of any connection over another do not.</summary>
    [Theory, InlineData(1), InlineData(2)]
    public async Task It_wraps_any_connection_itself_included(int layers)
    {
        using var loop = new TestLoop();
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        var handler = new RecordingHandler();
        TlsConnection connection = await AcceptAsync(loop, pair, handler, layers);
        Stream stream = new NetworkStream(pair.Peer);
        for (int i = 0; i < layers; i++)
        {
            stream = await AuthenticateAsync(stream);
        }

        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await stream.WriteAsync(bytes);
        await ((SslStream)stream).ShutdownAsync();
        await handler.UntilAsync(() => handler.FinishedCount == 1);
        Assert.Equal(bytes, handler.Bytes);
        Assert.Equal(0, handler.LostCount);

        // The other direction continues, and a close after a short write still delivers what was taken.
        int taken = await loop.RunAsync(() =>
        {
            int count = connection.Write(bytes);
            connection.Close();
            return count;
        });
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer).WaitAsync(Observed.HungAfter);
        Assert.True(taken > 0);
        Assert.Equal(bytes[..taken], answer.ToArray());
        pair.Peer.Dispose();
        await loop.SettleAsync();
        Assert.Equal(0, await loop.RunAsync(() => loop.Loop.Buffers.Rented));
    }

    /// <summary>The framework's own message only refers to its inner exceptions; the last of them says what OpenSSL was told.</summary>
    [Fact]
    public async Task A_failed_handshake_is_explained_with_the_alert_of_the_other_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere another TLS stack has other words");
        using var loop = new TestLoop();
        using TcpPair pair = await TcpPair.DialAsync(loop);
        var client = new TlsClient(_folder.Files.CertificateFile);
        Task<TlsConnectResult> connecting = loop.StartAsync(() => client.ConnectAsync(pair.Connection, "first.test", 60_000));
        byte[] handshakeFailure = [21, 3, 3, 0, 2, 2, 40];
        await pair.Peer.SendAsync(handshakeFailure);
        TlsConnectResult result = await connecting.WaitAsync(Observed.HungAfter);
        Assert.Equal(TlsConnection.ProtocolViolation, result.Error);
        Assert.Contains("alert handshake failure", result.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("see inner exception", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_one_keeps_a_bounded_part_and_loses_nothing()
    {
        using var loop = new TestLoop();
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        var handler = new RecordingHandler();
        TlsConnection connection = await AcceptAsync(loop, pair, handler, 1);
        handler.OnReceived = _ => connection.Pause();
        await loop.RunAsync(connection.Pause);
        SslStream stream = await AuthenticateAsync(new NetworkStream(pair.Peer));
        byte[] bytes = new byte[2_000_000];
        new Random(2).NextBytes(bytes);
        Task sending = stream.WriteAsync(bytes).AsTask();
        while (handler.ByteCount < bytes.Length)
        {
            long before = handler.ByteCount;
            await loop.RunAsync(connection.Resume);
            await handler.UntilAsync(() => handler.ByteCount > before);
            Assert.InRange(handler.ByteCount - before, 1, loop.Loop.Buffers.BufferBytes);
            Assert.InRange(await loop.RunAsync(() => loop.Loop.Buffers.Rented), 0, 1);
        }

        await sending;
        Assert.Equal(bytes, handler.Bytes);
        await loop.RunAsync(connection.Abort);
        Assert.Equal(0, await loop.RunAsync(() => loop.Loop.Buffers.Rented));
    }

    [Fact]
    public async Task An_abort_in_the_middle_of_a_handshake_gives_everything_back()
    {
        using var loop = new TestLoop();
        for (int i = 0; i < 20; i++)
        {
            using TcpPair pair = await TcpPair.AcceptAsync(loop);
            var handler = new RecordingHandler();
            TlsConnection connection = await AcceptAsync(loop, pair, handler, 1);
            Task<SslStream> client = AuthenticateAsync(new NetworkStream(pair.Peer));
            await loop.SettleAsync();
            await loop.RunAsync(connection.Abort);
            try
            {
                await using SslStream won = await client;
            }
            catch (Exception failure) when (failure is IOException or AuthenticationException)
            {
                // It was in the middle; else it was just over.
            }

            Assert.Equal(0, handler.LostCount);
        }

        // What is with a worker comes back.
        await loop.UntilAsync(() => loop.Loop.Buffers.Rented == 0);
    }

    private async Task<TlsConnection> AcceptAsync(TestLoop loop, TcpPair pair, RecordingHandler handler, int layers)
    {
        var server = new TlsServer(_folder.Options);
        return await loop.RunAsync(() =>
        {
            Connection inner = pair.Connection;
            for (int i = 0; i < layers; i++)
            {
                inner = TlsConnection.Accept(inner, server);
            }

            inner.Handler = handler;
            inner.Resume();
            return (TlsConnection)inner;
        });
    }

    private static async Task<SslStream> AuthenticateAsync(Stream stream)
    {
        var tls = new SslStream(stream);
#pragma warning disable CA5359 // The certificate is not what is tested here.
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "first.test",
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
        }).WaitAsync(Observed.HungAfter);
#pragma warning restore CA5359
        return tls;
    }
}
