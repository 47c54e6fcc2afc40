using System.Text;
using Sluice.Transport.Files;

namespace Sluice.Tokens.Keys;

/// <summary>The bytes of a key file, and what kind of key they look like.</summary>
internal sealed class KeyFile
{
    /// <summary>Largest file that is read.</summary>
    public const int MaxBytes = 262_144;

    private readonly byte[] _bytes;

    private KeyFile(string path, byte[] bytes, bool othersMayRead)
    {
        Path = path;
        _bytes = bytes;
        OthersMayRead = othersMayRead;
    }

    public string Path { get; }

    /// <summary>True where every user of the machine may read it.</summary>
    public bool OthersMayRead { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The bytes without a byte order mark of UTF-8, for kinds of file that are text.</summary>
    public ReadOnlySpan<byte> TextBytes => Bytes.StartsWith(ByteOrderMark) ? Bytes[ByteOrderMark.Length..] : Bytes;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xef, 0xbb, 0xbf];

    /// <summary>PEM has its marker somewhere; text may stand in front of it (RFC 7468, section 2).</summary>
    public bool IsPem => Bytes.IndexOf("-----BEGIN "u8) >= 0;

    /// <summary>A JWK or JWKS, or what is left of one.</summary>
    public bool IsJson => PublicKeyForms.IsJson(TextBytes);

    /// <summary>The file as text, where its kind is text.</summary>
    public string Text => Encoding.UTF8.GetString(TextBytes);

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenKeyException">It cannot be read, is empty or too large.</exception>
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

    /// <summary>The same for bytes that were read already.</summary>
    internal static KeyFile Of(string path, byte[] bytes) => new(path, bytes, othersMayRead: false);

    /// <summary>How a secret is made.</summary>
    public const string Remedy = "make a secret with: openssl rand -base64 48 > route.key";

    /// <summary>The bytes of a secret: the whole file but for one line end at its end.</summary>
    /// <exception cref="TokenKeyException">It is something that others may know, such as a public key, or too short for the algorithm.</exception>
    public byte[] Secret(JwtAlgorithm algorithm)
    {
        ReadOnlySpan<byte> secret = Bytes.EndsWith("\r\n"u8) ? Bytes[..^2] : Bytes.EndsWith("\n"u8) ? Bytes[..^1] : Bytes;
        string? problem =
            PublicKeyForms.AreIn(Bytes) || PublicKeyForms.AreIn(secret) ? $"is no secret but a key of another kind, which others may know; {Remedy}"
            : PublicKeyForms.AreWhere(Bytes) ? $"holds an address, which others may know, and no key; name a file with what is found there, or {Remedy}"
            : HasByteOrderMark ? "begins with a byte order mark, which other programs may or may not count as part of the secret; save it without"
            : secret.Length * 8 < algorithm.KeyBits ? $"has {secret.Length} bytes, and a secret for {algorithm.Name} needs {algorithm.KeyBits / 8} at least; {Remedy}"
            : null;
        return problem is null ? secret.ToArray() : throw new TokenKeyException(Path, problem);
    }

    /// <summary>That of UTF-8, or of UTF-16 in either order.</summary>
    private bool HasByteOrderMark => Bytes is [0xef, 0xbb, 0xbf, ..] or [0xff, 0xfe, ..] or [0xfe, 0xff, ..];
}
