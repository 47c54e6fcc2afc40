using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Sluice.Gateway.Vocabulary;
using Sluice.Testing.Gateways;
using Sluice.Testing.Sockets;
using Sluice.Testing.Tls;
using static Sluice.Testing.Gateways.GatewayWorld;

namespace Sluice.Conformance.Tls;

/// <summary>Clients that are slow, silent, broken or do not speak TLS.</summary>
public sealed class HostileTlsScenarios : IDisposable
{
    private readonly TestAuthority _authority = new();

    public static TheoryData<Protocol> Gates => TlsWorld.Gates;

    public static TheoryData<Protocol, SslProtocols> GatesAndVersions => new()
    {
        { Protocol.Tcp, SslProtocols.Tls12 },
        { Protocol.Tcp, SslProtocols.Tls13 },
        { Protocol.WebSocket, SslProtocols.Tls12 },
        { Protocol.WebSocket, SslProtocols.Tls13 },
    };

    public void Dispose() => _authority.Dispose();

    [Theory, MemberData(nameof(GatesAndVersions))]
    public async Task A_handshake_and_a_key_may_arrive_byte_by_byte(Protocol gate, SslProtocols protocol)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate);
        using Socket socket = await world.ConnectAsync();
        await using var tls = new SslStream(new SingleByteStream(socket));
        SslClientAuthenticationOptions options = TlsBridge.ClientOptions(_authority);
        options.EnabledSslProtocols = protocol;
        await tls.AuthenticateAsClientAsync(options).WaitAsync(SocketExtensions.Patience);
        await tls.EnterAsync(backend.Key, gate);
        await tls.AssertEchoAsync(RandomBytes(300), gate);
    }

    [Theory, MemberData(nameof(Gates))]
    public async Task An_unfinished_handshake_ends_at_the_connect_timeout(Protocol gate)
    {
        byte[] hello = ClientHello();
        await using GatewayWorld world =
            await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate, virtualTime: true);
        foreach (int sent in new[] { 0, 1, 5, hello.Length / 2, hello.Length })
        {
            using Socket client = await world.ConnectAsync();
            await client.SendAllAsync(hello.AsMemory(0, sent));
            if (sent == hello.Length)
            {
                // The gateway answers a whole ClientHello. After that the client stays silent.
                await client.ReceiveExactlyAsync(5);
            }

            await world.PassTurnsAsync();
            await world.AdvanceAsync(TimeSpan.FromSeconds(9));
            Assert.False(client.Poll(0, SelectMode.SelectRead) && client.Available == 0, "the connection ended before its deadline");
            await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            await client.ReceiveToEndAsync();
            Assert.Equal("timeout", (await world.NextEndedAsync())["Reason"]);
        }
    }

    [Theory, MemberData(nameof(Gates))]
    public async Task The_connect_timeout_also_covers_a_slow_key_after_the_handshake(Protocol gate)
    {
        await using GatewayWorld world =
            await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate, virtualTime: true);
        SslClientAuthenticationOptions options = TlsBridge.ClientOptions(_authority);

        // In TLS 1.2 the client finishes the handshake no earlier than the gateway.
        options.EnabledSslProtocols = SslProtocols.Tls12;
        await using SslStream client = await world.ConnectTlsAsync(options);
        await world.AdvanceAsync(TimeSpan.FromSeconds(10));
        byte[] answer = await client.ReceiveToEndAsync();
        if (gate == Protocol.Tcp)
        {
            Assert.Equal(Failure("timeout"), answer);
        }
        else
        {
            Assert.StartsWith("HTTP/1.1 408 ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        }

        Assert.Equal("timeout", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(Gates))]
    public async Task Input_that_is_not_TLS_is_a_bad_frame_and_does_not_disturb_other_sessions(Protocol gate)
    {
        await using TestBackend backend = TestBackend.StartEcho();

        // With a stopped clock, none is reset because this machine is slow to read on after the rejection.
        await using GatewayWorld world =
            await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate, virtualTime: true);
        await using SslStream live = await world.ConnectTlsAsync(TlsBridge.ClientOptions(_authority));
        await live.EnterAsync(backend.Key, gate);
        byte[] hello = ClientHello();
        byte[][] nonsense =
        [
            Frame(backend.Key),
            "GET / HTTP/1.1\r\nHost: gate.test\r\n\r\n"u8.ToArray(),
            RandomBytes(100_000, seed: 5),
            [0x16, 0x03, 0x01, 0xff, 0xff, .. new byte[70_000]],
            [0x16, 0x03, 0x01, 0x00, 0x04, 0x01, 0xff, 0xff, 0xff],
            [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28],
            [.. hello[..40], .. RandomBytes(hello.Length - 40, seed: 6)],
        ];
        foreach (byte[] bytes in nonsense)
        {
            using Socket client = await world.ConnectAsync();
            await client.SendAllAsync(bytes);
            client.Shutdown(SocketShutdown.Send);
            await client.ReceiveToEndAsync();
            Assert.Contains((string)(await world.NextEndedAsync())["Reason"]!, new[] { "bad_frame", "client_lost" });
        }

        await live.AssertEchoAsync(RandomBytes(10_000), gate);
        Assert.Equal(1, backend.Accepted);
    }

    [Theory, MemberData(nameof(Gates))]
    public async Task A_plain_client_is_rejected_before_it_half_closes(Protocol gate)
    {
        await using GatewayWorld world = await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate);
        using Socket client = await world.ConnectAsync();
        await client.SendAllAsync(Frame("127.0.0.1:7083"));
        await client.ReceiveToEndAsync();
        Assert.Equal("bad_frame", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(GatesAndVersions))]
    public async Task A_FIN_without_close_notify_counts_as_a_lost_client(Protocol gate, SslProtocols protocol)
    {
        var backendSaw = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            Assert.Equal(1000, (await socket.ReceiveExactlyAsync(1000)).Length);
            backendSaw.SetResult(await socket.IsResetAsync());
        });
        await using GatewayWorld world = await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate);
        using Socket socket = await world.ConnectAsync();
        await using var tls = new SslStream(new NetworkStream(socket));
        SslClientAuthenticationOptions options = TlsBridge.ClientOptions(_authority);
        options.EnabledSslProtocols = protocol;
        await tls.AuthenticateAsClientAsync(options);
        await tls.EnterAsync(backend.Key, gate);
        await tls.SendAsync(RandomBytes(1000), gate);
        socket.Shutdown(SocketShutdown.Send);
        Assert.True(await backendSaw.Task.WaitAsync(SocketExtensions.Patience), "the backend saw an orderly end of a truncated stream");
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, MemberData(nameof(Gates))]
    public async Task A_tampered_record_ends_the_connection(Protocol gate)
    {
        await using TestBackend backend = TestBackend.StartEcho();
        await using GatewayWorld world = await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")), gate);
        using Socket socket = await world.ConnectAsync();
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(TlsBridge.ClientOptions(_authority));
        await tls.EnterAsync(backend.Key, gate);
        await socket.SendAllAsync((byte[])[0x17, 0x03, 0x03, 0x00, 0x40, .. RandomBytes(0x40)]);
        Assert.Equal("client_lost", (await world.NextEndedAsync())["Reason"]);
    }

    [Theory, InlineData(SslProtocols.Tls12), InlineData(SslProtocols.Tls13)]
    public async Task Large_transfers_in_both_directions_arrive_unchanged_and_a_half_close_loses_nothing(SslProtocols protocol)
    {
        byte[] up = RandomBytes(12_000_000, seed: 7);
        byte[] down = RandomBytes(9_000_001, seed: 8);
        var backendGot = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestBackend backend = TestBackend.Start(async socket =>
        {
            Task<byte[]> receiving = socket.ReceiveToEndAsync();
            await socket.SendAllAsync(down.AsMemory(0, down.Length / 2));
            backendGot.SetResult(await receiving);

            // The client has finished, but this direction is still open.
            await socket.SendAllAsync(down.AsMemory(down.Length / 2));
        });
        await using GatewayWorld world = await TlsWorld.StartAsync(TlsWorld.With(_authority.IssueFiles("gate.test")));
        SslClientAuthenticationOptions options = TlsBridge.ClientOptions(_authority);
        options.EnabledSslProtocols = protocol;
        await using SslStream client = await world.ConnectTlsAsync(options);
        await client.EnterAsync(backend.Key);
        Task<byte[]> reading = client.ReceiveToEndAsync();
        await client.WriteAsync(up);
        await client.ShutdownAsync();
        byte[] arrived = await backendGot.Task.WaitAsync(SocketExtensions.Patience);
        Assert.True(up.AsSpan().SequenceEqual(arrived), "bytes of the client were changed or lost");
        byte[] got = await reading;
        Assert.True(down.AsSpan().SequenceEqual(got), "bytes of the backend were changed or lost");
        IReadOnlyDictionary<string, object?> line = await world.NextEndedAsync();
        Assert.Equal(
            ("completed", up.LongLength, down.LongLength),
            ((string)line["Reason"]!, (long)line["BytesFromClient"]!, (long)line["BytesFromBackend"]!));
    }

    /// <summary>Returns the first flight of a real client.</summary>
    private static byte[] ClientHello()
    {
        using var sent = new MemoryStream();
        using var tls = new SslStream(sent);
        Assert.ThrowsAny<IOException>(() => tls.AuthenticateAsClient("gate.test"));
        return sent.ToArray();
    }

    /// <summary>Sends every byte separately.</summary>
    private sealed class SingleByteStream(Socket socket) : NetworkStream(socket)
    {
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (int i = 0; i < buffer.Length; i++)
            {
                await base.WriteAsync(buffer.Slice(i, 1), cancellationToken);
            }
        }
    }
}
