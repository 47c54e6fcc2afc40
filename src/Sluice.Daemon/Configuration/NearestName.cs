namespace Sluice.Daemon.Configuration;

/// <summary>Finds the known name that a misspelt one most likely means.</summary>
internal static class NearestName
{
    /// <summary>Only this much of a name is compared. No known name is nearly as long.</summary>
    private const int MaxCompared = 64;

    /// <summary>The fewest letters that count as the beginning of a longer name.</summary>
    private const int MinBeginning = 3;

    /// <summary>
    /// Returns the known name that <paramref name="name"/> is the beginning of, or else the one with the fewest edits.
    /// </summary>
    public static string Of(string name, IEnumerable<string> known) =>
        known.MinBy(candidate => IsBeginning(name, candidate) ? 0 : Distance(name, candidate))
        ?? throw new ArgumentException("No name is known.", nameof(known));

    /// <summary>Counts the insertions, deletions, replacements and swaps of neighbours between two names, ignoring case.</summary>
    public static int Distance(string one, string other)
    {
        ReadOnlySpan<char> a = one.AsSpan(0, Math.Min(one.Length, MaxCompared));
        ReadOnlySpan<char> b = other.AsSpan(0, Math.Min(other.Length, MaxCompared));
        int width = b.Length + 1;
        Span<int> costs = stackalloc int[3 * (MaxCompared + 1)];
        Span<int> beforeLast = costs[..width];
        Span<int> last = costs.Slice(MaxCompared + 1, width);
        Span<int> row = costs.Slice(2 * (MaxCompared + 1), width);
        for (int j = 0; j < width; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j < width; j++)
            {
                int replace = last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            Span<int> oldest = beforeLast;
            beforeLast = last;
            last = row;
            row = oldest;
        }

        return last[b.Length];
    }

    private static bool IsBeginning(string name, string candidate) =>
        name.Length >= MinBeginning && candidate.StartsWith(name, StringComparison.OrdinalIgnoreCase);

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
