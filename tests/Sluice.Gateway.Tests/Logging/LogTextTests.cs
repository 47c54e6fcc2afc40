using CsCheck;
using Sluice.Gateway.Logging;

namespace Sluice.Gateway.Tests.Logging;

/// <summary>What a client calls itself must not be able to write a log line, or to flood one.</summary>
public class LogTextTests
{
    private const int MaxChars = 400;

    [Theory]
    [InlineData("", "")]
    [InlineData("127.0.0.1:7083", "127.0.0.1:7083")]
    [InlineData("a b~", "a b~")]
    [InlineData("a\"b", "a\\\"b")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("a\r\nSession 2 ended", "a\\u000d\\u000aSession 2 ended")]
    [InlineData("\0\u001b[31m\u007f", "\\u0000\\u001b[31m\\u007f")]
    [InlineData("b\u00fc\u2028\u202e", "b\\u00fc\\u2028\\u202e")]
    [InlineData("\ud83d\ude00", "\\ud83d\\ude00")]
    public void Escapes(string key, string text) => Assert.Equal(text, LogText.Escape(key));

    [Fact]
    public void Nothing_but_printable_ASCII_ever_comes_out_and_never_much() =>
        Gen.OneOf(Gen.String[0, 1000], Gen.Char.Select(Gen.Int[0, 5000], (c, count) => new string(c, count))).Sample(
            key =>
            {
                string text = LogText.Escape(key);
                Assert.True(text.All(c => c is >= ' ' and <= '~'), text);
                Assert.InRange(text.Length, 0, MaxChars);
            },
            iter: 2000);

    [Theory]
    [InlineData('a')]
    [InlineData('"')]
    [InlineData('\n')]
    [InlineData('\uffff')]
    public void What_is_cut_off_is_told(char c)
    {
        string text = LogText.Escape(new string(c, 4096));
        Assert.Contains("4096 characters", text, StringComparison.Ordinal);
        Assert.InRange(text.Length, 200, MaxChars);
    }

    [Fact]
    public void A_key_that_just_fits_is_not_cut() => Assert.Equal(new string('a', 300), LogText.Escape(new string('a', 300)));
}
