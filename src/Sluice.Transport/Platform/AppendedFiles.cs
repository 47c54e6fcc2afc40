using Sluice.Transport.Files;
using Sluice.Transport.Linux;
using Sluice.Transport.Portable;

namespace Sluice.Transport.Platform;

/// <summary>Opens files that are only ever appended to, with the calls of this system.</summary>
internal static class AppendedFiles
{
    /// <summary>Opens a file, and creates it if there is none. Does not wait: a FIFO without a reader is an error.</summary>
    /// <exception cref="IOException">The file cannot be opened; the message says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static AppendedFile Open(string path) =>
        OperatingSystem.IsLinux() ? LinuxAppendedFile.OpenFile(path) : new PortableAppendedFile(path);
}
