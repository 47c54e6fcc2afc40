using Sluice.Gateway.Vocabulary;

namespace Sluice.Gateway.Tests.Vocabulary;

/// <summary>The words are a promise to clients, dashboards and alerts: they do not change with the code.</summary>
public class EndReasonTests
{
    [Theory]
    [InlineData(EndReason.Completed, "completed")]
    [InlineData(EndReason.ClientLost, "client_lost")]
    [InlineData(EndReason.BackendLost, "backend_lost")]
    [InlineData(EndReason.Idle, "idle")]
    [InlineData(EndReason.Shutdown, "shutdown")]
    [InlineData(EndReason.Kicked, "kicked")]
    [InlineData(EndReason.BadFrame, "bad_frame")]
    [InlineData(EndReason.Timeout, "timeout")]
    [InlineData(EndReason.BadKey, "bad_key")]
    [InlineData(EndReason.Denied, "denied")]
    [InlineData(EndReason.NotFound, "not_found")]
    [InlineData(EndReason.Unreachable, "unreachable")]
    [InlineData(EndReason.Busy, "busy")]
    [InlineData(EndReason.Draining, "draining")]
    public void Each_has_its_word(EndReason reason, string word) => Assert.Equal(word, reason.ToWord());

    [Fact]
    public void There_is_no_other_and_no_word_is_used_twice()
    {
        string[] words = [.. Enum.GetValues<EndReason>().Select(reason => reason.ToWord())];
        Assert.Equal(14, words.Distinct().Count());
        Assert.Equal(14, words.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => ((EndReason)99).ToWord());
    }
}
