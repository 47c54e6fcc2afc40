using Sluice.Transport.Files;

namespace Sluice.Transport.Portable;

/// <summary>
/// A file by the framework's <see cref="FileStream"/>: works on every system, and notices only that the file at the path is gone.
/// </summary>
internal sealed class PortableAppendedFile(string path) : AppendedFile
{
    // Readers and tools that move the file away may have it open as well.
    private readonly FileStream _stream =
        new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    public override bool IsRegular => _stream.CanSeek;

    public override long? LengthAt(string path) => !IsRegular ? 0 : File.Exists(path) ? _stream.Length : null;

    public override string? Append(ReadOnlySpan<byte> bytes, out int written)
    {
        written = 0;
        try
        {
            if (IsRegular)
            {
                _stream.Seek(0, SeekOrigin.End);
            }

            _stream.Write(bytes);
            written = bytes.Length;
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    public override void Dispose() => _stream.Dispose();
}
