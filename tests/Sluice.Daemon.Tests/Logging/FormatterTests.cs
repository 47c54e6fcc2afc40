using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Logging;
using Sluice.Daemon.Logging;

namespace Sluice.Daemon.Tests.Logging;

public sealed class FormatterTests
{
    private static readonly TextLineFormatter Text = new();
    private static readonly JsonLineFormatter Json = new();

    [Fact]
    public void A_text_line_has_time_in_UTC_level_and_message()
    {
        string line = Events.Line(Text, logger => Events.Keyed(logger, 5, "10.0.0.1:7083"));

        Assert.Equal("2026-11-22T16:54:00.123Z INF Session 5 key=\"10.0.0.1:7083\"\n", line);
    }

    [Theory]
    [InlineData(LogLevel.Trace, "TRC", "Verbose")]
    [InlineData(LogLevel.Debug, "DBG", "Debug")]
    [InlineData(LogLevel.Information, "INF", "Information")]
    [InlineData(LogLevel.Warning, "WRN", "Warning")]
    [InlineData(LogLevel.Error, "ERR", "Error")]
    [InlineData(LogLevel.Critical, "CRT", "Fatal")]
    public void Levels_have_words(LogLevel level, string word, string inJson)
    {
        Assert.Contains($"Z {word} x\n", Events.Line(Text, logger => Events.Plain(logger, level, "x")), StringComparison.Ordinal);
        Assert.Contains($",\"@l\":\"{inJson}\",", Events.Line(Json, logger => Events.Plain(logger, level, "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_cannot_begin_a_line_of_its_own_or_talk_to_the_terminal()
    {
        Assert.Equal(
            "2026-11-22T16:54:00.123Z INF a\\u000d\\u000a2026 ERR forged\\u001b[2J\\u2028\\u202e\n",
            Events.Line(Text, logger => Events.Plain(logger, LogLevel.Information, "a\r\n2026 ERR forged\u001b[2J\u2028\u202e")));
    }

    [Fact]
    public void An_exception_follows_on_indented_lines()
    {
        string[] lines = Events.Line(
            Text, logger => Events.Plain(logger, LogLevel.Error, "broken", Events.Thrown("first\nsecond"))).Split('\n');

        Assert.EndsWith("ERR broken", lines[0], StringComparison.Ordinal);
        Assert.Equal("    System.InvalidOperationException: first", lines[1]);
        Assert.Equal("    second", lines[2]);
        Assert.StartsWith("       at ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void A_JSON_line_has_the_message_and_the_values_by_name()
    {
        using var json = JsonDocument.Parse(Events.Line(Json, logger => Events.Owned(logger, 5, "a\"b\n")));

        Assert.Equal("2026-11-22T16:54:00.1230000Z", json.RootElement.GetProperty("@t").GetString());
        Assert.Equal("Warning", json.RootElement.GetProperty("@l").GetString());
        Assert.Equal("Session 5 of a\"b\n", json.RootElement.GetProperty("@m").GetString());
        Assert.Equal(5, json.RootElement.GetProperty("Id").GetInt32());
        Assert.Equal("a\"b\n", json.RootElement.GetProperty("Key").GetString());
        Assert.False(json.RootElement.TryGetProperty("truncated", out _));
    }

    [Fact]
    public void Values_of_JSON_keep_their_kind()
    {
        string line = Events.Line(
            Json, logger => Events.Values(
                logger, 1, 1L << 40, 2.5, double.NaN, true, null, SocketError.TimedOut, new IPEndPoint(IPAddress.Loopback, 80)));

        Assert.EndsWith(
            ",\"Whole\":1,\"Large\":1099511627776,\"Number\":2.5,\"NotANumber\":\"NaN\",\"Truth\":true,\"Nothing\":null,"
            + "\"Error\":\"TimedOut\",\"Address\":\"127.0.0.1:80\"}\n",
            line,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_JSON_line_that_would_be_too_long_is_shortened_and_still_JSON()
    {
        string line = Events.Line(Json, logger => Events.Broken(logger, new string('"', 5000), Events.Thrown(new string('x', 3000))));

        using var json = JsonDocument.Parse(line);
        Assert.True(json.RootElement.GetProperty("truncated").GetBoolean());
        Assert.StartsWith("\"\"\"\"", json.RootElement.GetProperty("@m").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(
            "System.InvalidOperationException: xxx", json.RootElement.GetProperty("@x").GetString(), StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(line), 1000, TextLineFormatter.MaxLineBytes);
    }

    [Fact]
    public void No_line_is_longer_than_2_KiB_and_text_is_cut_between_characters() =>
        Gen.Select(Gen.OneOf("x", "é", "中", "\ud83d\ude00", "\u0001", "\"", "\\", "\ud800"), Gen.Int[0, 3000], Gen.Bool)
            .Sample((piece, count, thrown) =>
            {
                string text = string.Concat(Enumerable.Repeat(piece, count));
                Exception? exception = thrown ? Events.Thrown(text) : null;
                string written = Events.Line(Text, logger => Events.Broken(logger, text, exception));
                string json = Events.Line(Json, logger => Events.Broken(logger, text, exception));
                JsonDocument.Parse(Encoding.UTF8.GetBytes(json)).Dispose();
                bool whole = piece == "\ud800" || !written.Contains('\ufffd', StringComparison.Ordinal);
                return whole && written.Split('\n').Append(json).All(
                    line => Encoding.UTF8.GetByteCount(line) <= TextLineFormatter.MaxLineBytes);
            });
}
