using System.Text;

namespace Sluice.Daemon.Logging;

/// <summary>Writes lines to standard error. Standard output is for the <c>ready</c> line alone.</summary>
internal sealed class ConsoleSink(TextWriter error) : IBatchSink
{
    /// <summary>As much as a pipe takes at once.</summary>
    private const int BufferChars = 64 * 1024;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly char[] _chars = new char[BufferChars / 4];

    /// <summary>Opens standard error with a buffer: <see cref="Console.Error"/> makes a system call for every 256 characters.</summary>
    public static TextWriter OpenStandardError() => StandardStreams.IsInherited(2)
        ? new StreamWriter(Console.OpenStandardError(), Console.Error.Encoding, BufferChars)
        : TextWriter.Null;

    /// <inheritdoc/>
    public void Write(LineBatch batch)
    {
        // The queue counts a failure: the terminal is gone, or standard error is a file on a full disk.
        ReadOnlySpan<byte> rest = batch.Bytes;
        while (!rest.IsEmpty)
        {
            _decoder.Convert(rest, _chars, flush: false, out int bytes, out int chars, out _);
            error.Write(_chars, 0, chars);
            rest = rest[bytes..];
        }

        error.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Standard error stays open for the runtime.
    }
}
