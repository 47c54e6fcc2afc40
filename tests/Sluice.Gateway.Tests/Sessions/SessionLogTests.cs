using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Sluice.Gateway.Routing;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Sessions;

/// <summary>The one line per session: what operators read, and what a hostile client must not write.</summary>
public partial class SessionLogTests
{
    private const int MaxLineChars = 2048;

    public static TheoryData<string, byte[]> HostileKeys => new()
    {
        { "quotes", [.. Enumerable.Repeat((byte)'"', 4096)] },
        { "newlines", [.. Enumerable.Repeat((byte)'\n', 4096)] },
        { "NULs", new byte[4096] },
        { "escapes", [.. Enumerable.Repeat((byte)0x1b, 4096)] },
        { "letters", [.. Enumerable.Repeat((byte)'a', 4096)] },
        { "long characters", Encoding.UTF8.GetBytes(new string('\u20ac', 1365)) },
        { "pairs", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\ud83d\ude00", 1024))) },
        { "a line of its own", Encoding.UTF8.GetBytes("x\" ended: completed\r\nSession 99 tcp 127.0.0.1:1 -> 127.0.0.1:2 key=\"y") },
        { "line separators", Encoding.UTF8.GetBytes("a\u0085b\u2028c\u2029d\u202ee") },
        { "a name", Encoding.UTF8.GetBytes($"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 61)}:80") },
    };

    [Fact]
    public async Task A_session_is_one_line_with_both_ends_the_key_the_reason_and_the_bytes()
    {
        await using TestGateway gateway = await TestGateway.StartAsync();
        using Socket listener = RawSockets.Listen();
        string key = listener.Address().ToString();
        using Socket client = await gateway.ConnectAsync(key);
        Assert.Equal("ok", await TestGateway.ReplyAsync(client));
        using Socket backend = await listener.AcceptAsync();
        await client.SendAllAsync(new byte[1000]);
        await backend.ReceiveExactlyAsync(1000);
        await backend.SendAllAsync(new byte[77]);
        await client.ReceiveExactlyAsync(77);
        await gateway.AdvanceAsync(1234);
        client.Shutdown(SocketShutdown.Send);
        await backend.ReceiveToEndAsync();
        backend.Shutdown(SocketShutdown.Send);
        Assert.Equal(
            $"Session 1 tcp {client.LocalEndPoint} -> {key} key=\"{key}\" ended: completed after 1234 ms, 1000 bytes from the client, 77 from the backend",
            await gateway.EndedAsync());
        Assert.Equal(LogLevel.Information, gateway.Log.Lines.Single(line => line.Id == 1).Level);
    }

    [Theory]
    [MemberData(nameof(HostileKeys))]
    public async Task No_key_makes_a_line_long_or_two_of_it(string what, byte[] key)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (_, _) => Task.FromException<System.Net.IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
        });
        using Socket client = await gateway.ConnectAsync(key);
        Assert.StartsWith("error ", await TestGateway.ReplyAsync(client), StringComparison.Ordinal);
        string line = await gateway.EndedAsync();
        Assert.All(gateway.Log.Lines, logged =>
        {
            Assert.InRange(logged.Text.Length, 1, MaxLineChars);
            Assert.True(logged.Text.All(c => c is >= ' ' and <= '~'), $"{what}: {logged.Text}");
        });
        Assert.Matches(Refused(), line);
    }

    [Fact]
    public async Task A_key_that_is_secret_is_in_no_line_whatever_becomes_of_it()
    {
        const string Secret = "correct-horse-battery-staple";
        var resolver = new FakeResolver(request => request.Key.EndsWith('1') ? Resolution.BadKey
            : request.Key.EndsWith('2') ? throw new FormatException("cannot read it")
            : Resolution.To(Backend.TryParse("no-such-host.example:1", out Backend? backend) ? [backend] : []))
        {
            KeysAreSecret = true,
        };
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            Resolver = resolver,
            LookUpName = (_, _) => Task.FromResult(Array.Empty<System.Net.IPAddress>()),
        });
        Assert.Equal("error bad_key", await gateway.AskAsync(Secret + "1"));
        using (Socket faulted = await gateway.ConnectAsync(Secret + "2"))
        {
            await faulted.ReadErrorAsync();
        }

        Assert.Equal("error unreachable", await gateway.AskAsync(Secret + "3"));
        Assert.Contains("key=\"(secret)\"", await gateway.EndedAsync(2), StringComparison.Ordinal);
        Assert.All(gateway.Log.Lines, line => Assert.DoesNotContain(Secret, $"{line.Text} {line.Fault}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_leaves_without_a_word_is_no_line_for_operators()
    {
        await using TestGateway gateway = await TestGateway.StartAsync();
        (await gateway.ConnectAsync()).Dispose();
        await gateway.Log.UntilAsync(() => gateway.Log.Count(3) == 1);
        Assert.Equal(0, gateway.Log.Count(1));
        Assert.Equal(LogLevel.Debug, gateway.Log.Lines.Single(line => line.Id == 3).Level);
    }

    [Fact]
    public async Task Refusals_by_the_thousand_are_counted_instead_of_listed()
    {
        await using TestGateway gateway = await TestGateway.StartAsync();
        for (int i = 0; i < 60; i++)
        {
            Assert.Equal("error bad_key", await gateway.AskAsync("?"));
        }

        await gateway.AdvanceAsync(1000);
        Assert.Equal(50, gateway.Log.Count(1));
        Assert.Equal("10 rejected or broken handshakes of the last seconds are not listed one by one", gateway.Log.Lines.Single(line => line.Id == 2).Text);
        Assert.Equal("error bad_key", await gateway.AskAsync("?"));
        await gateway.EndedAsync(51);
    }

    [GeneratedRegex("^Session 1 tcp 127\\.0\\.0\\.1:\\d+ -> - key=\".{1,400}\" ended: (bad_key|unreachable) after 0 ms, 0 bytes from the client, 0 from the backend$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Refused();
}
