using System.Runtime.CompilerServices;
using Sluice.Gateway.Limits;
using Sluice.Gateway.Sessions;

namespace Sluice.Gateway.Tests.Limits;

public class PendingHandshakesTests
{
    [Fact]
    public void Above_the_limit_the_oldest_gives_way()
    {
        var pending = new PendingHandshakes(limit: 3);
        Session[] sessions = [.. Enumerable.Range(0, 6).Select(_ => Some())];
        Assert.All(sessions[..3], session => Assert.Null(pending.Add(session)));
        Assert.Same(sessions[0], pending.Add(sessions[3]));
        Assert.Equal(3, pending.Count);
        pending.Remove(sessions[1]);
        Assert.Null(pending.Add(sessions[4]));
        Assert.Same(sessions[2], pending.Add(sessions[5]));
        Assert.Equal([sessions[3], sessions[4], sessions[5]], pending.ToArray());
    }

    [Fact]
    public void Removing_who_is_not_there_does_nothing()
    {
        var pending = new PendingHandshakes(limit: 1);
        Session session = Some();
        pending.Remove(session);
        Assert.Null(pending.Add(session));
        pending.Remove(session);
        pending.Remove(session);
        Assert.Equal(0, pending.Count);
        Assert.Null(pending.Add(session));
    }

    [Fact]
    public void Without_a_limit_nobody_gives_way()
    {
        var pending = new PendingHandshakes(limit: 0);
        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.Null(pending.Add(Some())));
        Assert.Equal(10_000, pending.Count);
    }

    /// <summary>Only its identity matters here.</summary>
    private static Session Some() => (Session)RuntimeHelpers.GetUninitializedObject(typeof(Session));
}
