namespace Sluice.Transport.Files;

/// <summary>A file that is only ever appended to, such as a log. Not thread-safe.</summary>
internal abstract class AppendedFile : IDisposable
{
    /// <summary>Whether it is a file of a disk: no device, pipe or terminal. Only such a file has a size, and can be moved away.</summary>
    public abstract bool IsRegular { get; }

    /// <summary>Returns the size of this file in bytes, or null if the path leads to another file, or to none, by now.</summary>
    public abstract long? LengthAt(string path);

    /// <summary>Writes at the end of the file, wherever that is: others may have appended to it, or emptied it.</summary>
    /// <param name="bytes">What to write.</param>
    /// <param name="written">Bytes that were written, also if the rest could not be.</param>
    /// <returns>Null, or why the rest could not be written.</returns>
    public abstract string? Append(ReadOnlySpan<byte> bytes, out int written);

    /// <inheritdoc/>
    public abstract void Dispose();
}
