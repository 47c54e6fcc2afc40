using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Routing.Nodes;
using Sluice.Registries.Dns;
using Sluice.Testing.Loops;

namespace Sluice.Registries.Tests.Dns;

/// <summary>
/// A name server that answers for one address family and drops questions for the other, as some load balancers and home routers do.
/// </summary>
public sealed class SilentFamilyTests : IDisposable
{
    private const int A = 1;
    private const int Aaaa = 28;
    private const int Srv = 33;

    private readonly ListLogger _log = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentQueue<int> _asked = new();
    private readonly ConcurrentDictionary<int, IPAddress> _answers = new();
    private readonly ConcurrentQueue<(byte[] Query, EndPoint Asker)> _held = new();

    public SilentFamilyTests()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _ = ServeAsync();
    }

    public void Dispose() => _socket.Dispose();

    [Theory]
    [InlineData(A, "10.0.0.1", 7000)]
    [InlineData(Aaaa, "2001:db8::1", 7000)]
    [InlineData(A, "10.0.0.1", 0)]
    public async Task The_other_family_is_used_after_50_ms_by_the_first_client_and_at_once_by_those_after_it(int type, string ip, int port)
    {
        _answers[type] = IPAddress.Parse(ip);
        DnsResolver dns = Resolver(port);
        Task<string[]> first = AllAsync(dns);
        await UntilAsync(() => _asked.Contains(A) && _asked.Contains(Aaaa));
        await WhileWaitingAsync(first);
        Assert.Equal([new IPEndPoint(IPAddress.Parse(ip), 7000).ToString()], await first);
        Task<string[]> second = AllAsync(dns);
        Assert.True(second.IsCompleted);
        Assert.Equal(await first, await second);
        await dns.StopAsync();
    }

    /// <summary>Later clients also get answers that arrive after the first client was answered.</summary>
    [Fact]
    public async Task A_family_that_answers_late_is_added()
    {
        _answers[A] = IPAddress.Parse("10.0.0.1");
        DnsResolver dns = Resolver(7000);
        Task<string[]> first = AllAsync(dns);
        await UntilAsync(() => _asked.Contains(Aaaa));
        await WhileWaitingAsync(first);
        Assert.Equal(["10.0.0.1:7000"], await first);

        _answers[Aaaa] = IPAddress.Parse("2001:db8::1");
        while (_held.TryDequeue(out (byte[] Query, EndPoint Asker) held))
        {
            await _socket.SendToAsync(Answer(held.Query, Aaaa), held.Asker);
        }

        await UntilAsync(async () => (await AllAsync(dns)).Length == 2);
        Assert.Equal(["10.0.0.1:7000", "[2001:db8::1]:7000"], await AllAsync(dns));
    }

    [Fact]
    public async Task A_family_that_fails_later_keeps_its_known_addresses()
    {
        _answers[A] = IPAddress.Parse("10.0.0.1");
        _answers[Aaaa] = IPAddress.Parse("2001:db8::1");
        DnsResolver dns = Resolver(7000, TimeSpan.FromSeconds(0.2));
        await UntilAsync(async () =>
        {
            // A name server that is there may be found too slow by so impatient a client.
            _time.Advance(TimeSpan.FromSeconds(31));
            return (await AllAsync(dns)).Length == 2;
        });
        _answers.TryRemove(Aaaa, out _);
        _answers[A] = IPAddress.Parse("10.0.0.2");
        await UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            Task<string[]> asked = AllAsync(dns);
            await WhileWaitingAsync(asked);
            return (await asked).Contains("10.0.0.2:7000");
        });
        Assert.Equal(["10.0.0.2:7000", "[2001:db8::1]:7000"], await AllAsync(dns));

        // But not for ever.
        await UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromHours(2));
            Task<string[]> asked = AllAsync(dns);
            await WhileWaitingAsync(asked);
            return (await asked).SequenceEqual(["10.0.0.2:7000"]);
        });
    }

    /// <summary>
    /// The client response timer of RFC 8767: nobody waits until a silent server is given up, if there is something to use.
    /// </summary>
    [Fact]
    public async Task A_known_name_is_used_after_two_seconds_while_the_server_is_silent()
    {
        _answers[A] = IPAddress.Parse("10.0.0.1");
        _answers[Aaaa] = IPAddress.Parse("2001:db8::1");
        DnsResolver dns = Resolver(7000);
        Assert.Equal(2, (await AllAsync(dns)).Length);
        _answers.Clear();
        _asked.Clear();
        _time.Advance(TimeSpan.FromSeconds(31));
        Task<string[]> first = AllAsync(dns);
        await UntilAsync(() => _asked.Contains(A) && _asked.Contains(Aaaa));
        Assert.False(first.IsCompleted);
        await WhileWaitingAsync(first, TimeSpan.FromSeconds(1.8));
        Assert.Equal(2, (await first).Length);

        // Those that come while it is still being asked do not wait again.
        Task<string[]> second = AllAsync(dns);
        Assert.True(second.IsCompleted);
        await dns.StopAsync();
    }

    private DnsResolver Resolver(int port, TimeSpan? timeout = null) => new(
        new DnsOptions
        {
            Suffix = DnsServer.Suffix,
            Port = port,
            Servers = [(IPEndPoint)_socket.LocalEndPoint!],
            Timeout = timeout ?? Observed.HungAfter,
            MostTimeToLive = TimeSpan.FromSeconds(30),
        },
        new RegistryOptions(), _log, _time);

    private static async Task<string[]> AllAsync(DnsResolver dns) =>
        [
            .. (
                await dns.ResolveAsync(
                    new RouteRequest("s1", default), default)).Backends.Select(backend => backend.ToString()).Order(StringComparer.Ordinal),
        ];

    /// <summary>Moves the clock in steps until a client is answered: the wait begins only after the answer for the one family.</summary>
    private async Task WhileWaitingAsync(Task client, TimeSpan? step = null)
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        while (!client.IsCompleted)
        {
            _time.Advance(step ?? TimeSpan.FromMilliseconds(10));
            await Task.Delay(1, hung.Token);
        }
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var hung = new CancellationTokenSource(Observed.HungAfter);
        while (!await isSo())
        {
            await Task.Delay(2, hung.Token);
        }
    }

    private async Task ServeAsync()
    {
        byte[] buffer = new byte[512];
        try
        {
            while (true)
            {
                SocketReceiveFromResult query = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                int type = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(QuestionEnd(buffer) - 4));
                if (type == Srv || _answers.ContainsKey(type))
                {
                    await _socket.SendToAsync(Answer(buffer, type), query.RemoteEndPoint);
                }
                else
                {
                    _held.Enqueue((buffer[..query.ReceivedBytes], query.RemoteEndPoint));
                }

                _asked.Enqueue(type);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
        }
    }

    private static int QuestionEnd(ReadOnlySpan<byte> query)
    {
        int at = 12;
        while (query[at] != 0)
        {
            at += query[at] + 1;
        }

        return at + 5;
    }

    /// <summary>The question, and one record for it that may be used for 30 s.</summary>
    private byte[] Answer(byte[] query, int type)
    {
        byte[] data = type == Srv ? [0, 1, 0, 1, 0x1b, 0x58, 1, (byte)'a', 0] : _answers[type].GetAddressBytes();
        byte[] answer = [.. query.AsSpan(0, QuestionEnd(query)), 0xc0, 12, 0, (byte)type, 0, 1, 0, 0, 0, 30, 0, (byte)data.Length, .. data];
        answer[2] = 0x84;
        answer[3] = 0;
        answer.AsSpan(4, 8).Clear();
        (answer[5], answer[7]) = (1, 1);
        return answer;
    }
}
