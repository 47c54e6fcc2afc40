using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Sluice.Transport.Files;

namespace Sluice.Daemon.Configuration;

/// <summary>A secret from a file. A class, not a record: nothing prints the secret.</summary>
internal sealed class SecretFile
{
    /// <summary>No passphrase is as long. A larger file was named by mistake.</summary>
    public const int MaxBytes = 4096;

    private static readonly string TooLarge =
        FormattableString.Invariant($"has {MaxBytes} bytes or more, which cannot be a secret; name another file");

    private SecretFile(string text, bool othersMayRead)
    {
        Text = text;
        OthersMayRead = othersMayRead;
    }

    /// <summary>The secret: the whole file without a byte order mark and without one line end at its end.</summary>
    public string Text { get; }

    /// <summary>Whether every user of the machine may read the file.</summary>
    public bool OthersMayRead { get; }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Reads a file. If it has no secret, returns false, with the problem and the remedy.</summary>
    public static bool TryRead(string path, [NotNullWhen(true)] out SecretFile? secret, [NotNullWhen(false)] out string? problem)
    {
        secret = null;
        BoundedFile file = BoundedFile.Read(path, MaxBytes);
        problem = file.Problem switch
        {
            BoundedFileProblem.Missing => "does not exist; create it, with the secret as its only line",
            BoundedFileProblem.IsDirectory => "is a directory; name a file",
            BoundedFileProblem.TooLarge => TooLarge,
            BoundedFileProblem.Unreadable => $"cannot be read ({Quoted.Long(file.Reason)}); check its permissions",
            _ => null,
        };
        if (problem is not null || !TryDecode(file.Bytes, out string? text, out problem))
        {
            return false;
        }

        secret = new SecretFile(text, file.OthersMayRead);
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
            >= MaxBytes => TooLarge,
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
