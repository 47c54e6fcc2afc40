using System.Text;
using Sluice.Transport.Files;

namespace Sluice.Tokens.Keys;

/// <summary>The bytes of a key file, and the kind of key that they look like.</summary>
internal sealed class KeyFile
{
    /// <summary>The largest key file, in bytes.</summary>
    public const int MaxBytes = 262_144;

    private readonly byte[] _bytes;

    private KeyFile(string path, byte[] bytes, bool othersMayRead)
    {
        Path = path;
        _bytes = bytes;
        OthersMayRead = othersMayRead;
    }

    public string Path { get; }

    /// <summary>Whether every user of this machine may read the file.</summary>
    public bool OthersMayRead { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The bytes without a UTF-8 byte order mark, for key files that are text.</summary>
    public ReadOnlySpan<byte> TextBytes => Bytes.StartsWith(ByteOrderMark) ? Bytes[ByteOrderMark.Length..] : Bytes;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>Whether the file is PEM. Text may come before its marker (RFC 7468, section 2).</summary>
    public bool IsPem => Bytes.IndexOf("-----BEGIN "u8) >= 0;

    /// <summary>Whether the file is a JWK or JWKS, or a part of one.</summary>
    public bool IsJson => PublicKeyForms.IsJson(TextBytes);

    /// <summary>The file as text, if its kind is text.</summary>
    public string Text => Encoding.UTF8.GetString(TextBytes);

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenKeyException">The file cannot be read, is empty, or is too large.</exception>
    public static KeyFile Read(string path)
    {
        BoundedFile file = BoundedFile.Read(path, MaxBytes);
        string? problem = file.Problem switch
        {
            BoundedFileProblem.Missing => $"does not exist; {Remedy}",
            BoundedFileProblem.IsDirectory => "is a directory; name a file",
            BoundedFileProblem.TooLarge => $"has more than {MaxBytes} bytes, which cannot be a key; name another file",
            BoundedFileProblem.Unreadable => "cannot be read; check its permissions",
            _ when file.Bytes.Length == 0 => $"is empty; {Remedy}",
            _ => null,
        };
        return problem is null
            ? new KeyFile(path, file.Bytes, file.OthersMayRead)
            : throw new TokenKeyException(path, problem, file.Failure);
    }

    /// <summary>Creates a key file from bytes that were read already.</summary>
    internal static KeyFile Of(string path, byte[] bytes) => new(path, bytes, othersMayRead: false);

    /// <summary>How to make a secret.</summary>
    public const string Remedy = "make a secret with: openssl rand -base64 48 > route.key";

    /// <summary>Returns the bytes of a secret: the whole file, except a line end at its end.</summary>
    /// <exception cref="TokenKeyException">
    /// The file holds something that others may know, such as a public key, or is too short for the algorithm.
    /// </exception>
    public byte[] Secret(JwtAlgorithm algorithm)
    {
        ReadOnlySpan<byte> secret = Bytes.EndsWith("\r\n"u8) ? Bytes[..^2] : Bytes.EndsWith("\n"u8) ? Bytes[..^1] : Bytes;
        string? problem =
            PublicKeyForms.AreIn(Bytes) || PublicKeyForms.AreIn(secret)
                ? $"is not a secret but a key of another kind, which others may know; {Remedy}"
            : PublicKeyForms.IsAddress(Bytes)
                ? $"holds an address, which others may know, and no key; name a file with the contents of that address, or {Remedy}"
            : HasByteOrderMark
                ? "begins with a byte order mark, which other programs may count as part of the secret; save it without"
            : secret.Length * 8 < algorithm.KeyBits
                ? $"has {secret.Length} bytes, and a secret for {algorithm.Name} needs {algorithm.KeyBits / 8} at least; {Remedy}"
            : null;
        return problem is null ? secret.ToArray() : throw new TokenKeyException(Path, problem);
    }

    /// <summary>Whether the file begins with a byte order mark of UTF-8, or of UTF-16 in either order.</summary>
    private bool HasByteOrderMark => Bytes is [0xef, 0xbb, 0xbf, ..] or [0xff, 0xfe, ..] or [0xfe, 0xff, ..];
}
