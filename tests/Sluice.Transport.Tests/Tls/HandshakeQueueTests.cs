using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sluice.Testing.Loops;
using Sluice.Transport.Tests.Kit;
using Sluice.Transport.Tls;

namespace Sluice.Transport.Tests.Tls;

/// <summary>Handshakes that wait for a worker, and those that are cancelled.</summary>
public sealed class HandshakeQueueTests : IDisposable
{
    private readonly CertificateFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A flood of cancelled handshakes leaves no work and no memory.</summary>
    [Fact]
    public async Task A_handshake_cancelled_before_its_turn_performs_no_signature()
    {
        const int Flood = 100;
        using var loop = new TestLoop();
        var server = new TlsServer(_folder.Options);
        var workers = new HandshakeWorkers(1);
        using var mayGoOn = new ManualResetEventSlim();
        using TcpPair busy = await TcpPair.AcceptAsync(loop);
        await loop.RunAsync(() => Occupy(busy.Connection, workers, mayGoOn));
        int begun = 0;
        var pairs = new List<TcpPair>();
        for (int i = 0; i < Flood; i++)
        {
            TcpPair pair = await TcpPair.AcceptAsync(loop);
            pairs.Add(pair);
            await loop.RunAsync(() => TlsConnection.Begin(pair.Connection, Counted, workers, (_, _, _) => { }).Abort());
        }

        // The one after them has the next turn.
        using TcpPair honest = await TcpPair.AcceptAsync(loop);
        TlsConnection connection = await loop.RunAsync(() => TlsConnection.Begin(honest.Connection, Counted, workers, (_, _, _) => { }));
        mayGoOn.Set();
        using var client = new SslStream(new NetworkStream(honest.Peer));
        await client.AuthenticateAsClientAsync(Anything()).WaitAsync(Observed.HungAfter);
        Assert.Equal(1, Volatile.Read(ref begun));
        await loop.RunAsync(connection.Abort);
        pairs.ForEach(pair => pair.Dispose());
        await loop.UntilAsync(() => loop.Loop.Buffers.Rented == 0);

        Task Counted(SslStream stream)
        {
            Interlocked.Increment(ref begun);
            return server.AuthenticateAsync(stream);
        }
    }

    [Fact]
    public async Task Buffers_of_a_cancelled_handshake_are_returned_at_once()
    {
        using var loop = new TestLoop();
        using var mayGoOn = new ManualResetEventSlim();
        using TcpPair busy = await TcpPair.AcceptAsync(loop);
        using TcpPair pair = await TcpPair.AcceptAsync(loop);
        try
        {
            await OccupyClientsAsync(loop, busy, mayGoOn);
            TlsConnection connection = await loop.RunAsync(() => TlsConnection.Accept(pair.Connection, new TlsServer(_folder.Options)));
            pair.Peer.Send([0x16, 3, 1, 0, 4, 1, 0, 0, 0]);
            await loop.UntilAsync(() => loop.Loop.Buffers.Rented > 0);

            await loop.RunAsync(connection.Abort);
            Assert.Equal(0, await loop.RunAsync(() => loop.Loop.Buffers.Rented));
        }
        finally
        {
            mayGoOn.Set();
        }
    }

    [Fact]
    public async Task A_backend_is_reached_while_clients_have_every_worker_of_theirs()
    {
        using var loop = new TestLoop();
        using var mayGoOn = new ManualResetEventSlim();
        using TcpPair busy = await TcpPair.AcceptAsync(loop);
        using TcpPair dialled = await TcpPair.DialAsync(loop);
        try
        {
            await OccupyClientsAsync(loop, busy, mayGoOn);
            using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(_folder.Files.CertificateFile, _folder.Files.KeyFile);
            using var backend = new SslStream(new NetworkStream(dialled.Peer));
            Task serving = backend.AuthenticateAsServerAsync(certificate);
            var client = new TlsClient(_folder.Files.CertificateFile);
            TlsConnectResult result = await loop.StartAsync(() => client.ConnectAsync(dialled.Connection, "first.test", 60_000));
            Assert.Equal((SocketError.Success, null), (result.Error, result.Problem));
            await serving.WaitAsync(Observed.HungAfter);
            await loop.RunAsync(result.Connection!.Abort);
        }
        finally
        {
            mayGoOn.Set();
        }
    }

    private static async Task OccupyClientsAsync(TestLoop loop, TcpPair pair, ManualResetEventSlim mayGoOn)
    {
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            await loop.RunAsync(() => Occupy(pair.Connection, HandshakeWorkers.ForClients, mayGoOn));
        }
    }

    /// <summary>A handshake that keeps a worker until it may continue.</summary>
    private static void Occupy(Connection connection, HandshakeWorkers workers, ManualResetEventSlim mayGoOn) => TlsConnection.Begin(
        connection,
        _ =>
        {
            mayGoOn.Wait(Observed.HungAfter);
            throw new IOException("It was only here to keep a worker busy.");
        },
        workers,
        (_, _, _) => { });

#pragma warning disable CA5359 // The certificate is not what is tested here.
    private static SslClientAuthenticationOptions Anything() =>
        new() { TargetHost = "first.test", RemoteCertificateValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5359
}
