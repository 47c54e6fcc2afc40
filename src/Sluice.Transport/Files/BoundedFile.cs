namespace Sluice.Transport.Files;

/// <summary>A small file, such as a key or a password, read whole and at most up to a limit. A class and no record: nothing prints its bytes.</summary>
public sealed class BoundedFile
{
    private BoundedFile(byte[] bytes, bool othersMayRead) => (Bytes, OthersMayRead) = (bytes, othersMayRead);

    private BoundedFile(BoundedFileProblem problem, string reason, Exception? failure = null)
        : this([], othersMayRead: false) => (Problem, Reason, Failure) = (problem, reason, failure);

    /// <summary>The contents; empty if there is a <see cref="Problem"/>.</summary>
    public byte[] Bytes { get; }

    /// <summary>Whether every user of this machine may read the file. Always false on Windows.</summary>
    public bool OthersMayRead { get; }

    /// <summary>Why the file could not be read.</summary>
    public BoundedFileProblem Problem { get; }

    /// <summary>The same in words, as the system reports it; empty if there is no problem.</summary>
    public string Reason { get; } = "";

    /// <summary>The system's exception, if that is the problem.</summary>
    public Exception? Failure { get; }

    /// <summary>Reads a file. A pipe or device is read to its end, or up to the limit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The limit in bytes; a larger file is a problem.</param>
    /// <returns>The contents, or why there are none.</returns>
    public static BoundedFile Read(string path, int maxBytes)
    {
        try
        {
            if (Directory.Exists(path))
            {
                return new BoundedFile(BoundedFileProblem.IsDirectory, "it is a directory");
            }

            using FileStream stream = File.OpenRead(path);
            byte[] bytes = ReadUpTo(stream, maxBytes + 1);
            bool othersMayRead = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & UnixFileMode.OtherRead) != 0;
            return bytes.Length > maxBytes
                ? new BoundedFile(BoundedFileProblem.TooLarge, FormattableString.Invariant($"it is larger than {maxBytes} bytes"))
                : new BoundedFile(bytes, othersMayRead);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return new BoundedFile(BoundedFileProblem.Missing, failure.Message, failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new BoundedFile(BoundedFileProblem.Unreadable, failure.Message, failure);
        }
    }

    /// <summary>The length of a file is only a first guess: that of a pipe is unknown, and some systems report 0 for generated files.</summary>
    private static byte[] ReadUpTo(FileStream stream, int most)
    {
        byte[] buffer = new byte[stream.CanSeek ? Math.Min(stream.Length + 1, most) : Math.Min(4096, most)];
        int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        while (length == buffer.Length && length < most)
        {
            Array.Resize(ref buffer, (int)Math.Min(2L * length, most));
            length += stream.ReadAtLeast(buffer.AsSpan(length), buffer.Length - length, throwOnEndOfStream: false);
        }

        return buffer[..length];
    }
}
