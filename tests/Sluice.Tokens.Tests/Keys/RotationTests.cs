using System.Text;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Keys;

/// <summary>A key file that is replaced while the gateway runs.</summary>
public sealed class RotationTests
{
    private const string Accepted = "127.0.0.1:7083";
    private const int Renewed = 301;
    private const int NotRenewed = 302;

    private static readonly byte[] Next = Encoding.ASCII.GetBytes("the next secret, which is as long as it must be");
    private static readonly string Old = Forge.Hmac(Forge.Good);
    private static readonly string New = Forge.Hmac(Forge.Good, secret: Next);

    [Fact]
    public async Task A_new_key_replaces_the_old_one_even_for_known_tokens()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        Assert.Equal((Accepted, "bad_key"), (await world.AskAsync(Old), await world.AskAsync(New)));

        world.WriteKey(Next);
        Look(world, times: 2);

        Assert.Equal(("bad_key", Accepted), (await world.AskAsync(Old), await world.AskAsync(New)));
        Assert.Single(world.Log.Lines, line => line.Id == Renewed);
    }

    [Fact]
    public async Task A_half_written_file_is_not_used()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        world.WriteKey(Next[..40]);
        Look(world);
        world.WriteKey(Next);
        Look(world);
        Assert.Equal(Accepted, await world.AskAsync(Old));
        Look(world);

        Assert.Equal(("bad_key", Accepted), (await world.AskAsync(Old), await world.AskAsync(New)));
        Assert.Single(world.Log.Lines, line => line.Id == Renewed);
    }

    public static TheoryData<string> Broken { get; } = [
        "", "short", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "{\"keys\":1}",
    ];

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_file_is_logged_once_and_the_old_key_stays_in_use(string broken)
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        world.WriteKey(Encoding.ASCII.GetBytes(broken));
        Look(world, times: 10);
        Assert.Equal(Accepted, await world.AskAsync(Old));
        Assert.Single(world.Log.Lines, line => line.Id == NotRenewed);

        world.WriteKey(Next);
        Look(world, times: 2);
        Assert.Equal(Accepted, await world.AskAsync(New));
    }

    [Fact]
    public async Task A_file_that_is_missing_for_a_while_changes_nothing()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();

        File.Delete(world.KeyFile);
        Look(world, times: 5);
        Assert.Equal(Accepted, await world.AskAsync(Old));
        Assert.Contains("does not exist", Assert.Single(world.Log.Lines, line => line.Id == NotRenewed).Text, StringComparison.Ordinal);

        world.WriteKey(Next);
        Look(world, times: 2);
        Assert.Equal(Accepted, await world.AskAsync(New));
    }

    [Fact]
    public async Task No_secret_is_ever_logged()
    {
        await using TokenWorld world = await TokenWorld.StartAsync();
        world.WriteKey("a secret, too short"u8.ToArray());
        Look(world, times: 2);
        world.WriteKey(Next);
        Look(world, times: 2);

        Assert.Equal(2, world.Log.Lines.Count);
        Assert.DoesNotContain("too short\"", world.Log.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a secret, ", world.Log.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("the next", world.Log.ToString(), StringComparison.Ordinal);
    }

    private static void Look(TokenWorld world, int times = 1)
    {
        for (int i = 0; i < times; i++)
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
