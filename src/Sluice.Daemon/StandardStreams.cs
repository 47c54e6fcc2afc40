namespace Sluice.Daemon;

/// <summary>
/// Keeps descriptors 1 and 2 from becoming something else if the program is started without them (<c>sluice run &gt;&amp;-</c>).
/// </summary>
/// <remarks>
/// The system gives a new file or socket the lowest free number. Without standard output, the <c>ready</c> line would go to the first thing
/// opened, such as a log file or a client's connection.
/// </remarks>
internal static class StandardStreams
{
    private const int CloseOnExec = 0x80000;

    /// <summary>Silences those that are missing. Call it before anything is written.</summary>
    public static void Guard()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        if (!IsInherited(1))
        {
            Console.SetOut(TextWriter.Null);
        }

        if (!IsInherited(2))
        {
            Console.SetError(TextWriter.Null);
        }
    }

    /// <summary>Whether the program inherited a standard stream, which then lacks the close-on-exec flag.</summary>
    public static bool IsInherited(int descriptor)
    {
        try
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return (Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception failure) when (
            failure is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
        {
            // Without /proc it is unknown. Assume the usual case.
            return true;
        }
    }
}
