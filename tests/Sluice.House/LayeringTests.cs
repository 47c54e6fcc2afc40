namespace Sluice.House;

/// <summary>Within a project, namespaces form layers: no two of them need each other, directly or through others.</summary>
public class LayeringTests
{
    public static TheoryData<string> Projects { get; } =
    [
        "Sluice.Kcp", "Sluice.Kcp.Simulation", "Sluice.Transport", "Sluice.Gateway", "Sluice.Registries", "Sluice.Tokens", "Sluice.Hosting",
        "Sluice.Demo", "sluice",
    ];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_do_not_know_each_other_in_circles(string project)
    {
        var graph = NamespaceGraph.Read(Path.Combine(AppContext.BaseDirectory, project + ".dll"));
        IReadOnlyList<IReadOnlyList<string>> circles = graph.Circles();
        Assert.True(circles.Count == 0, string.Join("\n", circles.Select(graph.Describe)));
    }

    [Fact]
    public void A_circle_is_found_and_described()
    {
        var graph = new NamespaceGraph();
        graph.Add("A", "B", "A.One uses B.Two");
        graph.Add("B", "C", "B.Two uses C.Three");
        graph.Add("C", "A", "C.Three uses A.One");
        graph.Add("C", "D", "C.Three uses D.Four");
        IReadOnlyList<string> circle = Assert.Single(graph.Circles());
        Assert.Equal(["A", "B", "C"], circle.Order(StringComparer.Ordinal));
        Assert.Contains("C.Three uses A.One", graph.Describe(circle), StringComparison.Ordinal);
        Assert.DoesNotContain("D.Four", graph.Describe(circle), StringComparison.Ordinal);
    }
}
