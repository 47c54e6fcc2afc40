using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.Daemon.Logging;

/// <summary>
/// The older files of a log file: they stand beside it, named by the time (UTC) at which they were put aside:
/// <c>info-20261122T165400.log</c>, and <c>info-20261122T165400-1.log</c> where that second has one already.
/// </summary>
internal sealed partial class OlderFiles
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss";

    private readonly string _folder;
    private readonly string _stem;
    private readonly string _extension;

    /// <summary>Of the log file at <paramref name="path"/>.</summary>
    public OlderFiles(string path)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? ".";
        _stem = Path.GetFileNameWithoutExtension(path) + "-";
        _extension = Path.GetExtension(path);
    }

    /// <summary>A name that no file has yet.</summary>
    public string NextPath(DateTimeOffset now)
    {
        string time = now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

        // Behind the last one of this second, even where earlier ones were deleted: the order of names is the order of time.
        int? last = All().Where(file => string.Equals(file.Order.Time, time, StringComparison.Ordinal)).Max(file => (int?)file.Order.Number);
        string number = last is null ? "" : string.Create(CultureInfo.InvariantCulture, $"-{last + 1}");
        return Path.Combine(_folder, _stem + time + number + _extension);
    }

    /// <summary>Every older file, the latest first.</summary>
    public IReadOnlyList<string> LatestFirst() => [.. All().OrderByDescending(file => file.Order).Select(file => file.Path)];

    /// <summary>Deletes the oldest, so that only <paramref name="count"/> are left. Files of other names are not touched.</summary>
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
            ? (match.Groups["time"].Value, match.Groups["number"].Success ? int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) : 0)
            : null;
    }

    [GeneratedRegex("^(?<time>[0-9]{8}T[0-9]{6})(-(?<number>[0-9]{1,8}))?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TimeAndNumber();
}
