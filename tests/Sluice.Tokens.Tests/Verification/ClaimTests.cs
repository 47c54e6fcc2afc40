using Sluice.Gateway.Routing;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Verification;

/// <summary>The claims that a token may have, and those that it may not have even with a valid signature.</summary>
public sealed class ClaimTests
{
    private static readonly long Now = TokenWorld.Begin.ToUnixTimeSeconds();

    [Theory]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083", "127.0.0.1:7083")]
    [InlineData("\"host\":\"game-1.internal\",\"port\":1", "game-1.internal:1")]
    [InlineData("\"host\":\"2001:db8::1\",\"port\":65535", "[2001:db8::1]:65535")]
    [InlineData("\"host\":\"[2001:db8::1]\",\"port\":65535", "[2001:db8::1]:65535")]
    [InlineData("\"h\\u006fst\":\"\\u0031\\u0030.0.0.1\",\"port\":80", "10.0.0.1:80")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083,\"sub\":\"player 7\",\"roles\":[\"a\",{\"b\":[1,2]}],\"x\":null", "127.0.0.1:7083")]
    [InlineData("\"host\":\"127.0.0.1:80\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"127.1\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"0x7f000001\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1 \",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\\u0000\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"\uFF11\uFF12\uFF17.0.0.1\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"127\u30020.0.1\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"g\u0430me.internal\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"\\u202egame\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":null,\"port\":7083", "bad_key")]
    [InlineData("\"host\":2130706433,\"port\":7083", "bad_key")]
    [InlineData("\"host\":[\"127.0.0.1\"],\"port\":7083", "bad_key")]
    [InlineData("\"Host\":\"127.0.0.1\",\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\"", "bad_key")]
    [InlineData("\"port\":7083", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":0", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":-1", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":65536", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":4294974379", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":\"7083\"", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":1e3", "127.0.0.1:1000")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":80.0", "127.0.0.1:80")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":80.5", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":80.00000000000000000000000000000000001", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":1e5", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":1e-400", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":true", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":null", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083,\"protocol\":\"udp\"", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083,\"protocol\":1", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083,\"jti\":1", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083,\"iss\":1", "bad_key")]
    [InlineData("\"host\":\"127.0.0.1\",\"port\":7083,\"iat\":\"now\"", "bad_key")]
    [InlineData("\"node\":\"s1\"", "bad_key")]
    public async Task A_token_leads_to_the_host_and_port_it_names(string claims, string expected)
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        Assert.Equal(expected, await world.AskAsync(Forge.Hmac($$"""{{{claims}},"exp":{{Forge.Soon}}}""")));
    }

    [Theory]
    [InlineData("\"protocol\":\"tcp\"", BackendProtocol.Tcp)]
    [InlineData("\"protocol\":\"kcp\"", BackendProtocol.Kcp)]
    [InlineData("\"x\":1", BackendProtocol.AsClient)]
    public async Task A_token_may_name_the_protocol(string claim, BackendProtocol expected)
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        Assert.Equal(expected, Assert.Single((await world.ResolveAsync(Forge.Hmac(Forge.With(claim)))).Backends).Protocol);
    }

    public static TheoryData<string, bool> Times { get; } = new()
    {
        { $"\"exp\":{Now + 1}", true },
        { $"\"exp\":{Now - 4}", true },
        { $"\"exp\":{Now - 4.5:0.0}", true },
        { $"\"exp\":{Now - 5}", false },
        { $"\"exp\":{Now - 5.5:0.0}", false },
        { "\"exp\":0", false },
        { "\"exp\":-1", false },
        { $"\"exp\":\"{Now + 60}\"", false },
        { "\"exp\":1e400", false },
        { "\"exp\":99999999999999999999", false },
        { "\"exp\":253402300800", false },
        { "\"exp\":253402300799", true },
        { "\"exp\":null", false },
        { "\"exp\":true", false },
        { "\"exp\":[1999999999]", false },
        { "\"x\":1", false },
        { $"\"exp\":{Now + 60},\"nbf\":{Now + 5}", true },
        { $"\"exp\":{Now + 60},\"nbf\":{Now + 6}", false },
        { $"\"exp\":{Now + 60},\"nbf\":0", true },
        { $"\"exp\":{Now + 60},\"nbf\":\"0\"", false },
        { $"\"exp\":{Now + 60},\"nbf\":-1", false },
        { $"\"exp\":{Now + 60},\"iat\":{Now + 3000}", true },
    };

    [Theory]
    [MemberData(nameof(Times))]
    public async Task A_token_is_valid_between_nbf_and_exp(string claims, bool good)
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        string token = Forge.Hmac($$"""{"host":"127.0.0.1","port":7083,{{claims}}}""");

        Assert.Equal(good ? "127.0.0.1:7083" : "bad_key", await world.AskAsync(token));
    }

    [Fact]
    public async Task A_known_token_is_checked_again_at_each_use()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        string token = Forge.Hmac($$"""{"host":"127.0.0.1","port":7083,"client_ip":"192.0.2.1","exp":{{Now + 60}}}""");
        Assert.Equal("127.0.0.1:7083", await world.AskAsync(token));

        Assert.Equal("bad_key", await world.AskAsync(token, "192.0.2.2"));
        world.Time.Advance(TimeSpan.FromSeconds(64));
        Assert.Equal("127.0.0.1:7083", await world.AskAsync(token));
        world.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("bad_key", await world.AskAsync(token));
    }

    [Fact]
    public async Task A_token_without_exp_is_accepted_only_if_allowed()
    {
        string token = Forge.Hmac("""{"host":"127.0.0.1","port":7083}""");
        await using TokenWorld strict = await TokenWorld.StartAsync();
        await using TokenWorld lax = await TokenWorld.StartAsync(new JwtOptions { RequireExpiry = false });

        Assert.Equal("bad_key", await strict.AskAsync(token));
        Assert.Equal("127.0.0.1:7083", await lax.AskAsync(token));
    }

    [Theory]
    [InlineData("\"iss\":\"login\",\"aud\":\"sluice\"", true)]
    [InlineData("\"iss\":\"login\",\"aud\":[\"other\",\"sluice\"]", true)]
    [InlineData("\"iss\":\"login\"", false)]
    [InlineData("\"aud\":\"sluice\"", false)]
    [InlineData("\"iss\":\"Login\",\"aud\":\"sluice\"", false)]
    [InlineData("\"iss\":\"login/\",\"aud\":\"sluice\"", false)]
    [InlineData("\"iss\":[\"login\"],\"aud\":\"sluice\"", false)]
    [InlineData("\"iss\":\"login\",\"aud\":\"sluice/\"", false)]
    [InlineData("\"iss\":\"login\",\"aud\":\"SLUICE\"", false)]
    [InlineData("\"iss\":\"login\",\"aud\":\"\"", false)]
    [InlineData("\"iss\":\"login\",\"aud\":[]", false)]
    [InlineData("\"iss\":\"login\",\"aud\":[\"sluice\",1]", false)]
    [InlineData("\"iss\":\"login\",\"aud\":[[\"sluice\"]]", false)]
    [InlineData("\"iss\":\"login\",\"aud\":{\"sluice\":1}", false)]
    public async Task Issuer_and_audience(string claims, bool good)
    {
        await using TokenWorld world = await TokenWorld.StartAsync(new JwtOptions { Issuer = "login", Audience = "sluice" });

        Assert.Equal(good ? "127.0.0.1:7083" : "bad_key", await world.AskAsync(Forge.Hmac(Forge.With(claims))));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:DB8:0::1", "2001:db8::1", true)]
    [InlineData("192.0.2.2", "192.0.2.1", false)]
    [InlineData("2001:db8::2", "2001:db8::1", false)]
    [InlineData("192.0.513", "192.0.2.1", false)]
    [InlineData("3221225985", "192.0.2.1", false)]
    [InlineData("192.0.2.1:50000", "192.0.2.1", false)]
    [InlineData("192.0.2.1%1", "192.0.2.1", false)]
    [InlineData("192.0.2.0/24", "192.0.2.1", false)]
    [InlineData("", "192.0.2.1", false)]
    public async Task Only_the_named_client_may_use_a_token(string claim, string client, bool good)
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        Assert.Equal(
            good ? "127.0.0.1:7083" : "bad_key", await world.AskAsync(Forge.Hmac(Forge.With($"\"client_ip\":\"{claim}\"")), client));
    }

    [Fact]
    public async Task Client_ip_can_be_required()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(new JwtOptions { RequireClientIp = true });

        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.Good)));
        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Hmac(Forge.With("\"client_ip\":\"192.0.2.1\""))));
    }

    [Fact]
    public async Task A_node_is_looked_up_in_the_registry()
    {
        var registry = new FakeRegistry();
        await using TokenWorld world = await TokenWorld.StartAsync(registry: registry);
        Assert.True(registry.Started);
        Assert.Equal("the fake is away", world.Resolver.Problem);
        Assert.False(world.Resolver.CanRoute);
        registry.KnownNodes = 1;
        Assert.True(world.Resolver.CanRoute);

        Resolution found = await world.ResolveAsync(Node("s1"));
        Assert.Equal(("s1", "10.0.0.1:7083"), (found.NodeName, Assert.Single(found.Backends).ToString()));
        Assert.Equal("not_found", await world.AskAsync(Node("s2")));
        Assert.Equal("draining", await world.AskAsync(Node("away")));
        Assert.Equal("bad_key", await world.AskAsync(Node("")));
        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac(Forge.With("\"node\":\"s1\""))));
        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac($$"""{"node":"s1","protocol":"kcp","exp":{{Forge.Soon}}}""")));
        Assert.Equal("bad_key", await world.AskAsync("s1"));
        Assert.Equal("127.0.0.1:7083", await world.AskAsync(Forge.Hmac(Forge.Good)));
        await world.Resolver.StopAsync();
        Assert.False(registry.Started);

        static string Node(string name) => Forge.Hmac($$"""{"node":"{{name}}","exp":{{Forge.Soon}}}""");
    }

    [Fact]
    public async Task A_token_may_fill_the_longest_key()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        string token = Forge.Hmac(Forge.With($"\"x\":\"{new string('x', 48_900)}\""));
        Assert.InRange(token.Length, 65_000, 65_536);

        Assert.Equal("127.0.0.1:7083", await world.AskAsync(token));
    }

    private sealed class FakeRegistry : IBackendResolver
    {
        public bool Started { get; private set; }

        public string Name => "fake";

        public string? Problem => "the fake is away";

        public int? KnownNodes { get; set; }

        public Task StartAsync(CancellationToken cancellation)
        {
            Started = true;
            return Task.CompletedTask;
        }

        public Task StopAsync()
        {
            Started = false;
            return Task.CompletedTask;
        }

        public ValueTask<Resolution> ResolveAsync(RouteRequest request, CancellationToken cancellation) => new(request.Key switch
        {
            "s1" => Resolution.To(Parse("10.0.0.1:7083")) with { NodeName = "s1" },
            "away" => Resolution.Draining,
            _ => Resolution.NotFound,
        });

        private static Backend Parse(string text) => Backend.TryParse(text, out Backend? backend) ? backend : throw new FormatException();
    }
}
