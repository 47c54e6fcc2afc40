using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Sluice.Daemon.Configuration;

/// <summary>A secret that was read from a file. A class and no record: nothing prints what it holds.</summary>
internal sealed class SecretFile
{
    /// <summary>No pass phrase is so long; what is larger was named by mistake.</summary>
    public const int MaxBytes = 4096;

    private SecretFile(string text, bool othersMayRead)
    {
        Text = text;
        OthersMayRead = othersMayRead;
    }

    /// <summary>The secret: the whole file, but for a byte order mark and one line end at its end.</summary>
    public string Text { get; }

    /// <summary>True where every user of the machine may read the file.</summary>
    public bool OthersMayRead { get; }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Reads a file; says what is wrong with it, and the remedy, if it holds no secret.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out SecretFile? secret, [NotNullWhen(false)] out string? problem)
    {
        secret = null;
        byte[] buffer = new byte[MaxBytes + 1];
        int length;
        bool othersMayRead;
        try
        {
            if (Directory.Exists(path))
            {
                problem = "is a directory; name a file";
                return false;
            }

            using FileStream stream = File.OpenRead(path);
            length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            othersMayRead = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & UnixFileMode.OtherRead) != 0;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "does not exist; create it, with the secret as its only line";
            return false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = $"cannot be read ({Quoted.Plain(failure.Message, 400)}); check its permissions";
            return false;
        }

        if (!TryDecode(buffer.AsSpan(0, length), out string? text, out problem))
        {
            return false;
        }

        secret = new SecretFile(text, othersMayRead);
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text, [NotNullWhen(false)] out string? problem)
    {
        text = null;
        if (bytes.StartsWith(ByteOrderMark))
        {
            bytes = bytes[ByteOrderMark.Length..];
        }

        bytes = bytes.EndsWith("\r\n"u8) ? bytes[..^2] : bytes.EndsWith("\n"u8) ? bytes[..^1] : bytes;
        problem = bytes.Length switch
        {
            0 => "is empty; write the secret into it",
            >= MaxBytes => FormattableString.Invariant($"has {MaxBytes} bytes or more, which cannot be a secret; name another file"),
            _ when !Utf8.IsValid(bytes) => "is not UTF-8; save it as UTF-8",
            _ => null,
        };
        if (problem is not null)
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes);
        return true;
    }
}
