using System.Runtime.CompilerServices;
using Sluice.Gateway.Sessions;

namespace Sluice.Gateway.Tests.Sessions;

public class SessionListTests
{
    [Fact]
    public void Sessions_stand_in_the_order_in_which_they_came_whoever_leaves()
    {
        var list = new SessionList();
        Session[] sessions = [.. Enumerable.Range(0, 6).Select(_ => Some())];
        Array.ForEach(sessions, list.AddLast);
        Assert.True(list.Remove(sessions[0]));
        Assert.True(list.Remove(sessions[3]));
        Assert.True(list.Remove(sessions[5]));
        Assert.Same(sessions[1], list.First);
        Assert.Equal([sessions[1], sessions[2], sessions[4]], list.ToArray());
        list.AddLast(sessions[0]);
        Assert.Equal([sessions[1], sessions[2], sessions[4], sessions[0]], list.ToArray());
        Assert.Equal(4, list.Count);
    }

    [Fact]
    public void Only_who_is_in_a_list_leaves_it()
    {
        var list = new SessionList();
        var other = new SessionList();
        Session session = Some();
        Assert.False(list.Remove(session));
        list.AddLast(session);
        Assert.False(other.Remove(session));
        Assert.True(list.Remove(session));
        Assert.False(list.Remove(session));
        Assert.Equal(0, list.Count);
        Assert.Null(list.First);
        other.AddLast(session);
        Assert.Same(session, other.First);
    }

    /// <summary>Only its identity matters here.</summary>
    private static Session Some() => (Session)RuntimeHelpers.GetUninitializedObject(typeof(Session));
}
