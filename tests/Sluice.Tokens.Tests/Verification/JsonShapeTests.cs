using System.Text;
using System.Text.Json;
using Sluice.Tokens.Verification;

namespace Sluice.Tokens.Tests.Verification;

/// <summary>The same texts are accepted as JSON as by the framework.</summary>
public sealed class JsonShapeTests
{
    private const int Depth = 4;

    [Theory]
    [InlineData("{}")]
    [InlineData(" {\"a\" : [ ] , \"b\":{\"c\":[[-0.5e+10,0,1E5]]}}\n")]
    [InlineData("{\"a\":\"\\ud83d\\ude00 \\\" \\\\ \\/ \\b\\f\\n\\r\\t\\u00e9\"}")]
    [InlineData("{\"a\":true,\"b\":false,\"c\":null}")]
    public void Valid_JSON_is_recognized(string json)
    {
        Assert.True(JsonShape.IsObject(Encoding.UTF8.GetBytes(json), Depth));
        Assert.True(FrameworkTakes(json));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{,\"a\":1}")]
    [InlineData("{a:1}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":+1}")]
    [InlineData("{\"a\":1.}")]
    [InlineData("{\"a\":.5}")]
    [InlineData("{\"a\":1e}")]
    [InlineData("{\"a\":-}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":tru}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\\u12g4\"}")]
    [InlineData("{\"a\":\"\\u12")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{\"a\":'b'}")]
    [InlineData("{/**/}")]
    [InlineData("{\"a\":[[[[]]]]}")]
    [InlineData("\uFEFF{}")]
    public void Invalid_JSON_is_rejected(string json)
    {
        Assert.False(JsonShape.IsObject(Encoding.UTF8.GetBytes(json), Depth));
        Assert.False(FrameworkTakes(json));
    }

    [Theory]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"a\":\"\\udc00\"}")]
    [InlineData("{\"a\":\"\\ud800\\ud800\"}")]
    [InlineData("{\"a\":\"\\udc00\\ud800\"}")]
    [InlineData("{\"\\ud800x\":1}")]
    public void Half_a_surrogate_pair_is_not_text(string json) => Assert.False(JsonShape.IsObject(Encoding.UTF8.GetBytes(json), Depth));

    [Fact]
    public void Randomly_changed_JSON_is_judged_as_by_the_framework()
    {
        const int Seed = 99;
        const string Letters = "{}[]\":,\\/u0019fE-.+ \ttrn\u00e9";
        const string Json = """{"alg":"HS256","x":["\u0041\n",-1.5e3,true,null,{"y":[]}],"z":0}""";
        var random = new Random(Seed);
        int good = 0;
        for (int i = 0; i < 30_000; i++)
        {
            var text = new StringBuilder(Json);
            for (int j = random.Next(1, 3); j > 0; j--)
            {
                int at = random.Next(text.Length);
                _ = random.Next(3) switch
                {
                    0 => text.Remove(at, 1),
                    1 => text.Insert(at, Letters[random.Next(Letters.Length)]),
                    _ => text.Replace(text[at], Letters[random.Next(Letters.Length)], at, 1),
                };
            }

            string json = text.ToString();
            bool expected = FrameworkTakes(json);
            good += expected ? 1 : 0;
            Assert.True(expected == JsonShape.IsObject(Encoding.UTF8.GetBytes(json), Depth), $"seed {Seed}, round {i}: {json}");
        }

        Assert.InRange(good, 1000, 29_000);
    }

    private static bool FrameworkTakes(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json), new JsonDocumentOptions { MaxDepth = Depth });
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
