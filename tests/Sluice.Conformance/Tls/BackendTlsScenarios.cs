using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Sluice.Gateway;
using Sluice.Gateway.Dialing;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Tls;

/// <summary>Backends that are dialled with TLS.</summary>
public sealed class BackendTlsScenarios : IDisposable
{
    private readonly TestAuthority _authority = new();

    public static TheoryData<Engine> Engines => Engine.All;

    public void Dispose() => _authority.Dispose();

    [Theory, MemberData(nameof(Engines))]
    public async Task A_backend_with_a_valid_certificate_is_relayed_to(Engine engine)
    {
        byte[] question = RandomBytes(2_000_000, seed: 2);
        byte[] answer = RandomBytes(3_000_000, seed: 3);
        await using TestBackend backend = StartTls(_authority.Issue("127.0.0.1"), async tls =>
        {
            // The backend answers after the client has finished, then sends close_notify.
            Assert.Equal(question, await tls.ReceiveToEndAsync());
            await tls.WriteAsync(answer);
            await tls.ShutdownAsync();
        });
        await using GatewayWorld world = await StartAsync(engine, Trusting(_authority));
        using Socket client = await world.EnterAsync(backend.Key);
        Task sending = client.SendAllAsync(question);
        await sending;
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(answer, await client.ReceiveToEndAsync());
        Assert.Equal("completed", (await world.NextEndedAsync())["Reason"]);
    }

    [Fact]
    public async Task The_certificate_must_match_the_host_in_the_key()
    {
        await using TestBackend backend = StartTls(_authority.Issue("node.test"), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using GatewayWorld world = await StartAsync(TlsWorld.Engine, options => Trusting(_authority)(options) with
        {
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
        });
        using Socket named = await world.EnterAsync($"node.test:{backend.EndPoint.Port}");
        Assert.Equal("hi"u8.ToArray(), await named.ReceiveExactlyAsync(2));
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame($"other.test:{backend.EndPoint.Port}")));
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(backend.Key)));
    }

    /// <summary>A client that uses a wrong name for a node must not make the gateway skip it for others.</summary>
    [Fact]
    public async Task A_certificate_for_another_name_pauses_only_the_name_that_was_asked_for()
    {
        await using TestBackend backend = StartTls(_authority.Issue("node.test"), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using GatewayWorld world = await StartAsync(TlsWorld.Engine, options => Trusting(_authority)(options) with
        {
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
        });
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame($"other.test:{backend.EndPoint.Port}")));
        Assert.Equal("other.test", Assert.Single(world.Gateway.SuspendedBackends).Name);
        using Socket named = await world.EnterAsync($"node.test:{backend.EndPoint.Port}");
        Assert.Equal("hi"u8.ToArray(), await named.ReceiveExactlyAsync(2));
        Assert.Equal("other.test", Assert.Single(world.Gateway.SuspendedBackends).Name);
    }

    [Fact]
    public async Task A_backend_that_cannot_be_verified_is_unreachable()
    {
        using var stranger = new TestAuthority();
        await using TestBackend unknown = StartTls(stranger.Issue("127.0.0.1"), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using TestBackend expired =
            StartTls(_authority.Issue("127.0.0.1", validDays: -1), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using TestBackend plain = TestBackend.StartEcho();
        await using TestBackend closing = TestBackend.Start(_ => Task.CompletedTask);
        await using GatewayWorld world = await StartAsync(TlsWorld.Engine, Trusting(_authority));
        foreach (TestBackend backend in new[] { unknown, expired, plain, closing })
        {
            Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(backend.Key)));
            Assert.Equal("unreachable", (await world.NextEndedAsync())["Reason"]);
        }

        // A certificate that is not trusted is not retried.
        Assert.Equal(1, unknown.Accepted);
    }

    [Fact]
    public async Task A_private_authority_is_not_trusted_without_a_ca_file()
    {
        await using TestBackend backend = StartTls(_authority.Issue("127.0.0.1"), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using GatewayWorld world = await StartAsync(
            TlsWorld.Engine, options => options with { BackendTls = new BackendTlsOptions() });
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(backend.Key)));
    }

    /// <summary>Backends get certificates of a new authority while the gateway runs. An unreadable file changes nothing.</summary>
    [Fact]
    public async Task An_authority_replaced_in_ca_file_is_used_for_the_next_backend()
    {
        using var next = new TestAuthority("Next");
        await using TestBackend before = StartTls(_authority.Issue("127.0.0.1"), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using TestBackend after = StartTls(next.Issue("127.0.0.1"), tls => tls.WriteAsync("hi"u8.ToArray()).AsTask());
        await using GatewayWorld world = await StartAsync(TlsWorld.Engine, Trusting(_authority), virtualTime: true);
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(after.Key)));
        foreach (string text in new[] { "half a file", next.Certificate.ExportCertificatePem() })
        {
            using Socket old = await world.EnterAsync(before.Key);
            Assert.Equal("hi"u8.ToArray(), await old.ReceiveExactlyAsync(2));
            _authority.Write("authority.pem", text);
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        using Socket client = await world.EnterAsync(after.Key);
        Assert.Equal("hi"u8.ToArray(), await client.ReceiveExactlyAsync(2));
        Assert.Equal(Failure("unreachable"), await world.SendAndReadToEndAsync(Frame(before.Key)));
    }

    [Fact]
    public async Task A_backend_that_hangs_in_the_handshake_is_unreachable_after_all_attempts()
    {
        var accepted = new SemaphoreSlim(0);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            await socket.ReceiveExactlyAsync(5);
            accepted.Release();
            await socket.ReceiveToEndAsync();
        });
        await using GatewayWorld world = await StartAsync(TlsWorld.Engine, Trusting(_authority), virtualTime: true);
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync(Frame(backend.Key));
        for (int attempt = 0; attempt < 3; attempt++)
        {
            Assert.True(await accepted.WaitAsync(SocketExtensions.Patience));
            Assert.Equal(0, client.Available);
            await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(Failure("unreachable"), await client.ReceiveToEndAsync());
    }

    private static Func<GatewayOptions, GatewayOptions> Trusting(TestAuthority authority) =>
        options => options with { BackendTls = new BackendTlsOptions { CaFile = authority.File } };

    private static TestBackend StartTls(X509Certificate2 certificate, Func<SslStream, Task> serve) => TestBackend.Start(async socket =>
    {
        await using var tls = new SslStream(new NetworkStream(socket));
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
            await serve(tls);

            // Closing with unread bytes sends a reset, which would overtake the written bytes.
            await socket.ReceiveToEndAsync();
        }
        catch (Exception failure) when (failure is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The scenario checks what the client saw.
        }
    });
}
