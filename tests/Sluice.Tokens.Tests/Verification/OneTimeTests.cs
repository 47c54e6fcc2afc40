using Sluice.Tokens.Tests.Kit;
using Sluice.Tokens.Verification;

namespace Sluice.Tokens.Tests.Verification;

/// <summary>Tokens that serve once.</summary>
public sealed class OneTimeTests
{
    private const string Accepted = "127.0.0.1:7083";

    private static readonly JwtOptions OneTime = new() { OneTime = true };

    [Fact]
    public async Task A_token_can_be_used_once()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime);

        Assert.Equal(Accepted, await world.AskAsync(Token("a")));
        Assert.Equal("bad_key", await world.AskAsync(Token("a")));
        Assert.Equal(Accepted, await world.AskAsync(Token("b")));
    }

    [Fact]
    public async Task A_token_is_identified_by_its_id_and_not_its_bytes()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime);

        Assert.Equal(Accepted, await world.AskAsync(Token("a")));
        Assert.Equal("bad_key", await world.AskAsync(Token("a", ",\"x\":1")));
        Assert.Equal(Accepted, await world.AskAsync(Token("a", ",\"iss\":\"another issuer\"")));
    }

    [Fact]
    public async Task A_token_cannot_be_used_twice_within_the_leeway()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime);
        Assert.Equal(Accepted, await world.AskAsync(Token("a", lifetime: 10)));

        world.Time.Advance(TimeSpan.FromSeconds(14.9));

        Assert.Equal("bad_key", await world.AskAsync(Token("a", lifetime: 10)));
        Assert.Equal(Accepted, await world.AskAsync(Token("b", lifetime: 10)));
    }

    [Theory]
    [InlineData("\"exp\":1999999999")]
    [InlineData("\"jti\":\"a\"")]
    [InlineData("\"jti\":\"\",\"exp\":1999999999")]
    public async Task A_one_time_token_without_jti_or_exp_is_rejected(string claims)
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime with { RequireExpiry = false });

        Assert.Equal("bad_key", await world.AskAsync(Forge.Hmac($$"""{"host":"127.0.0.1","port":7083,{{claims}}}""")));
    }

    [Fact]
    public async Task A_rejected_token_is_not_used_up()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime);
        string token = Token("a", ",\"client_ip\":\"192.0.2.1\"");

        Assert.Equal("bad_key", await world.AskAsync(token, "192.0.2.66"));
        Assert.Equal("bad_key", await world.AskAsync(token[..^2] + "AA"));
        Assert.Equal(Accepted, await world.AskAsync(token, "192.0.2.1"));
    }

    [Fact]
    public async Task A_full_table_rejects_with_busy_and_forgets_nothing_early()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime with { OneTimeCapacity = 2 });
        Assert.Equal(Accepted, await world.AskAsync(Token("a", lifetime: 10)));
        Assert.Equal(Accepted, await world.AskAsync(Token("b", lifetime: 1000)));

        Assert.Equal("busy", await world.AskAsync(Token("c")));
        Assert.Equal("busy", await world.AskAsync(Token("d")));
        Assert.Equal("bad_key", await world.AskAsync(Token("a", lifetime: 10)));
        Assert.Single(world.Log.Lines, line => line.Text.Contains("one_time_capacity", StringComparison.Ordinal));

        world.Time.Advance(TimeSpan.FromSeconds(16));
        Assert.Equal(Accepted, await world.AskAsync(Token("c")));
        Assert.Equal("bad_key", await world.AskAsync(Token("b", lifetime: 1000)));
    }

    [Fact]
    public async Task A_new_key_does_not_make_used_tokens_usable_again()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(OneTime);
        Assert.Equal(Accepted, await world.AskAsync(Token("a")));

        world.WriteKey([.. Forge.Secret, (byte)'\n']);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        world.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Contains(world.Log.Lines, line => line.Id == 301);
        Assert.Equal("bad_key", await world.AskAsync(Token("a")));
    }

    [Fact]
    public async Task Only_one_of_many_loops_accepts_a_token_used_at_once()
    {
        var used = new UsedTokens(100_000);
        int[] accepted = new int[1000];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int id = 0; id < accepted.Length; id++)
            {
                if (used.Use((UInt128)id, until: 10, now: 0) == UseResult.First)
                {
                    Interlocked.Increment(ref accepted[id]);
                }
            }
        })));

        Assert.All(accepted, count => Assert.Equal(1, count));
        Assert.Equal(UseResult.First, used.Use(UInt128.MaxValue, until: 20, now: 11));
        Assert.Equal(1, used.Count);
    }

    private static string Token(string id, string claims = "", int lifetime = 3600) => Forge.Hmac(
        $$"""{"host":"127.0.0.1","port":7083,"jti":"{{id}}","exp":{{TokenWorld.Begin.ToUnixTimeSeconds() + lifetime}}{{claims}}}""");
}
