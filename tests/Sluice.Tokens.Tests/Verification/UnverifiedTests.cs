using System.Text;
using Sluice.Tokens.Tests.Kit;

namespace Sluice.Tokens.Tests.Verification;

/// <summary><c>verify = false</c>, for those who come from the original: a token is a label.</summary>
public sealed class UnverifiedTests
{
    private static readonly JwtOptions Unverified = new() { Verify = false };

    private static readonly string Label = Forge.Encode("""{"host":"127.0.0.1","port":7083}""");

    public static TheoryData<string> Good { get; } =
    [
        $"{Forge.Encode(Forge.HmacHeader)}.{Label}.",
        $"{Forge.Encode("""{"alg":"none"}""")}.{Label}.",
        Forge.Hmac("""{"host":"127.0.0.1","port":7083}"""),
        $"x.{Label}.y",
        $".{Label}.",

        // As the original reads it: base64 with padding.
        $"x.{Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"host":"127.0.0.1","port":7083,"a":1}"""))}.y",
    ];

    public static TheoryData<string> Bad { get; } =
    [
        "", "..", "x.y", $"x.{Label}", $"x.{Label}.y.z", "127.0.0.1:7083", "x.!!!!.y", $"x.{Label}==.y", $"x. {Label}=.y",
        $"x.{Label}\n=.y",
        $"x.{Forge.Encode("""{"host":"127.0.0.1","host":"10.0.0.1","port":7083}""")}.y",
        $"x.{Forge.Encode("""{"host":"127.0.0.1","port":"7083"}""")}.y",
        $"x.{Forge.Encode("""{"host":"127.0.0.1","port":7083,"exp":1}""")}.y",
        $"x.{Forge.Encode("""{"host":"127.0.0.1","port":7083,"client_ip":"192.0.2.9"}""")}.y",
    ];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_label_is_read(string token)
    {
        await using TokenWorld world = await TokenWorld.StartAsync(Unverified);

        Assert.Equal("127.0.0.1:7083", await world.AskAsync(token));
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_label_with_two_meanings_or_none_is_rejected(string token)
    {
        await using TokenWorld world = await TokenWorld.StartAsync(Unverified);

        Assert.Equal("bad_key", await world.AskAsync(token));
    }

    [Fact]
    public async Task Every_start_warns_that_tokens_are_not_verified()
    {
        await using TokenWorld world = await TokenWorld.StartAsync(Unverified);
        await using TokenWorld verified = await TokenWorld.StartAsync();

        Assert.Contains("verify = false", Assert.Single(world.Log.Lines).Text, StringComparison.Ordinal);
        Assert.Empty(verified.Log.Lines);
    }
}
