using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Daemon.Logging;

/// <summary>
/// The older files of a log file, in the same folder. Each has the time (UTC) of its rotation in its name:
/// <c>info-20261122T165400.log</c>, and <c>info-20261122T165400-1.log</c> if that second has one already.
/// </summary>
internal sealed partial class OlderFiles
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss";

    private readonly string _folder;
    private readonly string _stem;
    private readonly string _extension;

    /// <summary>Finds the older files of the log file at <paramref name="path"/>.</summary>
    public OlderFiles(string path)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        _stem = Path.GetFileNameWithoutExtension(path) + "-";
        _extension = Path.GetExtension(path);
    }

    /// <summary>Returns a name that no file has yet.</summary>
    public string NextPath(DateTimeOffset now)
    {
        string time = now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

        // After the last one of this second, even if earlier ones were deleted: names sort by time.
        int? last = All()
            .Where(file => string.Equals(file.Order.Time, time, StringComparison.Ordinal))
            .Max(file => (int?)file.Order.Number);
        string number = last is null ? "" : string.Create(CultureInfo.InvariantCulture, $"-{last + 1}");
        return Path.Combine(_folder, _stem + time + number + _extension);
    }

    /// <summary>Returns every older file, the latest first.</summary>
    public IReadOnlyList<string> LatestFirst() => [.. All().OrderByDescending(file => file.Order).Select(file => file.Path)];

    /// <summary>Deletes the oldest files until <paramref name="count"/> are left. Files with other names are not touched.</summary>
    public void Keep(int count)
    {
        foreach (string path in LatestFirst().Skip(count))
        {
            File.Delete(path);
        }
    }

    private IEnumerable<(string Path, (string Time, int Number) Order)> All()
    {
        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            if (OrderOf(Path.GetFileName(path)) is { } order)
            {
                yield return (path, order);
            }
        }
    }

    private (string Time, int Number)? OrderOf(string name)
    {
        if (name.Length <= _stem.Length + _extension.Length
            || !name.StartsWith(_stem, StringComparison.Ordinal)
            || !name.EndsWith(_extension, StringComparison.Ordinal))
        {
            return null;
        }

        Match match = TimeAndNumber().Match(name[_stem.Length..^_extension.Length]);
        return match.Success
            ? (match.Groups["time"].Value, NumberIn(match.Groups["number"]))
            : null;
    }

    private static int NumberIn(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        "^(?<time>[0-9]{8}T[0-9]{6})(-(?<number>[0-9]{1,8}))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TimeAndNumber();
}
