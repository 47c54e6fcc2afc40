namespace Sluice.Bench.Report;

/// <summary>Puts the tables between two markers of a page, and leaves everything else of it alone.</summary>
internal static class PerformancePage
{
    private const string Begin = "<!-- bench:tcp -->";
    private const string End = "<!-- /bench:tcp -->";

    public static void Replace(string path, string report)
    {
        var page = File.Exists(path) ? File.ReadAllText(path) : $"# Performance\n\n{Begin}\n{End}\n";
        var begin = page.IndexOf(Begin, StringComparison.Ordinal);
        var end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 && end < 0)
        {
            page = $"{page.TrimEnd()}\n\n{Begin}\n{End}\n";
            begin = page.IndexOf(Begin, StringComparison.Ordinal);
            end = page.IndexOf(End, StringComparison.Ordinal);
        }

        if (begin < 0 || end < begin)
        {
            throw new BenchException($"{path}: the markers {Begin} and {End} must stand there once each, in this order");
        }

        File.WriteAllText(path, $"{page[..(begin + Begin.Length)]}\n{report}\n{page[end..]}");
    }
}
