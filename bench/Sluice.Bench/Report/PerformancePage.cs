namespace Sluice.Bench.Report;

/// <summary>Replaces the text between two markers of a page and leaves the rest unchanged.</summary>
internal static class PerformancePage
{
    public static void Replace(string path, string benchmark, string report)
    {
        var (first, last) = ($"<!-- bench:{benchmark} -->", $"<!-- /bench:{benchmark} -->");
        var page = File.Exists(path) ? File.ReadAllText(path) : $"# Performance\n\n{first}\n{last}\n";
        var begin = page.IndexOf(first, StringComparison.Ordinal);
        var end = page.IndexOf(last, StringComparison.Ordinal);
        if (begin < 0 && end < 0)
        {
            page = $"{page.TrimEnd()}\n\n{first}\n{last}\n";
            begin = page.IndexOf(first, StringComparison.Ordinal);
            end = page.IndexOf(last, StringComparison.Ordinal);
        }

        if (begin < 0 || end < begin)
        {
            throw new BenchException($"{path}: the markers {first} and {last} must each appear once, in this order");
        }

        File.WriteAllText(path, $"{page[..(begin + first.Length)]}\n{report}\n{page[end..]}");
    }
}
