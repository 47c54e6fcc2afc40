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
        string name = _stem + now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        string path = Path.Combine(_folder, name + _extension);
        for (int number = 1; File.Exists(path); number++)
        {
            path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{number}{_extension}"));
        }

        return path;
    }

    /// <summary>Every older file, the latest first.</summary>
    public IReadOnlyList<string> LatestFirst() =>
    [
        .. Directory.EnumerateFiles(_folder, _stem + "*" + _extension)
            .Select(path => (Path: path, Order: OrderOf(Path.GetFileName(path))))
            .Where(file => file.Order is not null)
            .OrderByDescending(file => file.Order)
            .Select(file => file.Path),
    ];

    /// <summary>Deletes the oldest, so that only <paramref name="count"/> are left. Files of other names are not touched.</summary>
    public void Keep(int count)
    {
        foreach (string path in LatestFirst().Skip(count))
        {
            File.Delete(path);
        }
    }

    private (string Time, int Number)? OrderOf(string name)
    {
        if (!name.StartsWith(_stem, StringComparison.Ordinal) || !name.EndsWith(_extension, StringComparison.Ordinal))
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
