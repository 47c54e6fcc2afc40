using System.Net;
using System.Net.Sockets;
using Sluice.Gateway.Policy;
using Sluice.Gateway.Tests.Kit;
using Sluice.Testing.Sockets;

namespace Sluice.Gateway.Tests.Dialing;

/// <summary>Names as clients use them through a gateway: what a name server says is as little trusted as what a client says.</summary>
public class NameTests
{
    /// <summary>The first answer is allowed, every later one is not: whoever asks twice dials what nobody checked.</summary>
    [Fact]
    public async Task A_name_that_is_bound_anew_is_asked_once_and_the_address_checked_is_the_one_dialled()
    {
        using Socket listener = RawSockets.Listen();
        int asked = 0;
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>(
                [Interlocked.Increment(ref asked) == 1 ? IPAddress.Loopback : IPAddress.Parse("169.254.169.254")]),
        });
        string key = $"rebind.example:{listener.Address().Port}";
        Assert.Equal("ok", await gateway.AskAsync(key));
        Assert.Equal(1, asked);
        Assert.Equal("error denied", await gateway.AskAsync(key));
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("8.8.8.8")]
    [InlineData("fe80::1")]
    [InlineData("64:ff9b::7f00:1")]
    public async Task A_name_for_what_must_not_be_dialled_is_denied(string ip)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(ip)]),
        });
        Assert.Equal("error denied", await gateway.AskAsync("evil.example:80"));
        Assert.Contains("-> - key=\"evil.example:80\" ended: denied", await gateway.EndedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_for_the_gateway_itself_is_denied()
    {
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.IPv6Loopback]),
        });
        Assert.Equal("error denied", await gateway.AskAsync($"self.example:{gateway.EndPoint.Port}"));
    }

    [Fact]
    public async Task What_else_the_process_listens_on_is_denied_by_address_and_by_name_though_it_is_allowed()
    {
        using Socket other = RawSockets.Listen();
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            OtherListeners = [(IPEndPoint)other.LocalEndPoint!],
            Allow = [Rule("127.0.0.0/8"), Rule("*.example")],
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2")]),
        });
        Assert.Equal("error denied", await gateway.AskAsync($"127.0.0.1:{other.Address().Port}"));
        Assert.Equal("error denied", await gateway.AskAsync($"127.0.0.2:{other.Address().Port}"));
        Assert.Equal("error denied", await gateway.AskAsync($"admin.example:{other.Address().Port}"));
        Assert.False(other.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public async Task A_dead_address_and_a_denied_one_are_passed_over()
    {
        using Socket listener = RawSockets.Listen();
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>(
                [IPAddress.Parse("169.254.169.254"), IPAddress.Parse("127.0.0.99"), IPAddress.Loopback]),
        });
        using Socket client = await gateway.ConnectAsync($"some.example:{listener.Address().Port}");
        Assert.Equal("ok", await TestGateway.ReplyAsync(client));
        (await listener.AcceptAsync()).Dispose();
        client.Dispose();
        Assert.Contains($"-> {listener.Address()} key=", await gateway.EndedAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("no such host")]
    [InlineData("argument")]
    [InlineData("cancelled")]
    public async Task A_name_without_address_is_unreachable(string how)
    {
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (_, _) => how switch
            {
                "nothing" => Task.FromResult<IPAddress[]>([]),
                "no such host" => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)),
                "argument" => throw new ArgumentException("too long", nameof(how)),
                _ => Task.FromCanceled<IPAddress[]>(new CancellationToken(canceled: true)),
            },
        });
        Assert.Equal("error unreachable", await gateway.AskAsync("nowhere.example:80"));
    }

    [Fact]
    public async Task Names_are_looked_up_as_written_and_addresses_not_at_all()
    {
        using Socket listener = RawSockets.Listen();
        var asked = new List<string>();
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            LookUpName = (name, _) =>
            {
                lock (asked)
                {
                    asked.Add(name);
                }

                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            },
        });
        ushort port = listener.Address().Port;
        Assert.Equal("ok", await gateway.AskAsync($"127.0.0.1:{port}"));
        Assert.Equal("ok", await gateway.AskAsync($"Game.Example.:{port}"));
        Assert.Equal("error bad_key", await gateway.AskAsync($"0x7f.1:{port}"));
        Assert.Equal("error bad_key", await gateway.AskAsync($"127.0.0.1\0:{port}"));
        Assert.Equal("error bad_key", await gateway.AskAsync($"127.0.0.1:{port}\0"));
        Assert.Equal(["Game.Example."], asked);
    }

    [Fact]
    public async Task A_rule_for_the_name_decides_though_the_address_is_public()
    {
        Assert.True(PolicyRule.TryParse("*.game.example:80", out PolicyRule? rule));
        await using TestGateway gateway = await TestGateway.StartAsync(new GatewayOptions
        {
            Allow = [rule],
            DialAttempts = 1,
            LookUpName = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
        });
        Assert.Equal("error denied", await gateway.AskAsync("game.example:80"));
        Assert.Equal("error denied", await gateway.AskAsync("127.0.0.1:80"));
        Assert.NotEqual("error denied", await gateway.AskAsync("a.game.example:80"));
    }

    private static PolicyRule Rule(string text) => PolicyRule.TryParse(text, out PolicyRule? rule) ? rule : throw new FormatException(text);
}
