namespace Sluice.Daemon.Logging;

/// <summary>The file that the path of a log file leads to, through symbolic links.</summary>
/// <param name="Target">The file that is opened.</param>
/// <param name="MayRotate">False for devices and for descriptors of a process, such as /dev/stdout, which others own.</param>
internal readonly record struct LogPath(string Target, bool MayRotate)
{
    /// <summary>The number of links that Linux follows.</summary>
    private const int MaxLinks = 40;

    /// <summary>Follows the links of a path. The file need not exist.</summary>
    /// <exception cref="IOException">The links lead in a circle.</exception>
    public static LogPath Of(string path)
    {
        string target = path;
        for (int i = 0; i < MaxLinks; i++)
        {
            if (IsOfTheSystem(target))
            {
                return new LogPath(path, MayRotate: false);
            }

            string? next = new FileInfo(target).LinkTarget;
            if (next is null)
            {
                return new LogPath(target, MayRotate: true);
            }

            // Not normalized: ".." after a folder that is a link leads elsewhere than the text says.
            target = Path.Combine(Path.GetDirectoryName(target) ?? "/", next);
        }

        throw new IOException("too many symbolic links, or links in a circle");
    }

    private static bool IsOfTheSystem(string path) =>
        !OperatingSystem.IsWindows()
        && (path.StartsWith("/dev/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal));
}
