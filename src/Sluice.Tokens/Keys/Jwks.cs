using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Sluice.Tokens.Keys;

/// <summary>Reads a JWKS (RFC 7517), or a single JWK.</summary>
internal static class Jwks
{
    private const int MaxKeys = 64;
    private const int MaxNameChars = 100;

    /// <summary>
    /// Reads every key that can verify signatures. Other keys, such as those for encryption, are ignored. <see cref="TokenKeySet.Skipped"/>
    /// lists those that are malformed or too weak.
    /// </summary>
    /// <exception cref="TokenKeyException">It is not a JWKS, a key in it is private, or none can be used.</exception>
    public static TokenKeySet Read(KeyFile file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                file.TextBytes.ToArray(), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            JsonElement[] entries = !root.TryGetProperty("keys", out JsonElement list) ? [root] : [.. list.EnumerateArray()];
            if (entries.Length > MaxKeys)
            {
                throw new TokenKeyException(file.Path, $"has more than {MaxKeys} keys; remove old ones");
            }

            return Read(file.Path, entries);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new TokenKeyException(file.Path, "is neither a JWKS nor a JWK; fetch it again from the issuer", failure);
        }
    }

    /// <summary>A key that cannot be used does not affect the others: issuers add keys that this gateway does not need.</summary>
    private static TokenKeySet Read(string path, JsonElement[] entries)
    {
        var keys = new List<TokenKey>();
        var skipped = new List<string>();
        foreach (JsonElement entry in entries)
        {
            string? problem;
            try
            {
                if (ReadKey(path, entry, out problem) is { } key)
                {
                    keys.Add(key);
                }
            }
            catch (Exception failure) when (
                failure is InvalidOperationException or KeyNotFoundException or FormatException or CryptographicException
                    or ArgumentException)
            {
                problem = "is malformed";
            }

            if (problem is not null)
            {
                skipped.Add($"{NameOf(entry)} {problem}");
            }
        }

        // An RSA and an EC key may share their kid (RFC 7517, section 4.5): a token's algorithm selects one.
        if (keys.Where(key => key.Id is not null).GroupBy(key => (key.Id, key.Kind)).Any(group => group.Count() > 1))
        {
            throw new TokenKeyException(path, "has two keys of one kind with one kid; give each its own");
        }

        string problems = string.Join("; ", skipped);
        return keys.Count > 0 ? new TokenKeySet(keys, $"a JWKS with {keys.Count} keys") { Skipped = problems.Length > 0 ? problems : null }
            : problems.Length > 0 ? throw new TokenKeyException(path, $"holds no key that can be used: {problems}")
            : throw new TokenKeyException(path, "holds no key for signatures; add one with \"use\":\"sig\" or without \"use\"");
    }

    /// <summary>Returns how messages call a key: by its <c>kid</c>, if that is printable.</summary>
    private static string NameOf(JsonElement entry)
    {
        string? id = entry.ValueKind == JsonValueKind.Object
            && entry.TryGetProperty("kid", out JsonElement kid)
            && kid.ValueKind == JsonValueKind.String
            ? kid.GetString()
            : null;
        return id is null ? "a key without a kid"
            : id.Length <= MaxNameChars && id.All(letter => letter is > ' ' and <= '~' and not '"') ? $"the key \"{id}\""
            : "a key with an odd kid";
    }

    private static TokenKey? ReadKey(string path, JsonElement entry, out string? problem)
    {
        problem = null;
        string? kind = Text(entry, "kty");
        bool forSignatures = Text(entry, "use") is null or "sig"
            && (!entry.TryGetProperty("key_ops", out JsonElement operations)
                || operations.EnumerateArray().Any(operation => operation.ValueEquals("verify")));
        if (!forSignatures || kind is not ("RSA" or "EC" or "oct"))
        {
            return null;
        }

        if (kind is not "oct" && entry.TryGetProperty("d", out _))
        {
            throw new TokenKeyException(
                path, "holds a private key (\"d\"), which a gateway does not need; remove it, and keep it where tokens are made");
        }

        TokenKey? key = kind switch
        {
            "RSA" => ReadRsa(path, entry, out problem),
            "EC" => ReadEc(entry, out problem),
            _ => ReadSecret(entry, out problem),
        };
        key = key?.Named(Text(entry, "kid"), Text(entry, "alg"));
        return key is { Algorithms.Count: > 0 } ? key : null;
    }

    private static TokenKey? ReadRsa(string path, JsonElement entry, out string? problem)
    {
        using var rsa = RSA.Create();
        rsa.ImportParameters(new RSAParameters { Modulus = Bytes(entry, "n"), Exponent = Bytes(entry, "e") });
        problem = PemKey.CheckSize(path, rsa);
        return problem is null ? TokenKey.OfRsa(rsa.ExportParameters(false)) : null;
    }

    private static TokenKey? ReadEc(JsonElement entry, out string? problem)
    {
        string? name = Text(entry, "crv");
        (ECCurve Curve, int Bytes)? known = name switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            "P-521" => (ECCurve.NamedCurves.nistP521, 66),
            _ => null,
        };
        problem = null;
        if (known is not { } curve)
        {
            return null;
        }

        var point = new ECPoint { X = Bytes(entry, "x"), Y = Bytes(entry, "y") };
        foreach ((string coordinate, byte[] bytes) in new[] { ("x", point.X), ("y", point.Y) })
        {
            if (bytes.Length != curve.Bytes)
            {
                problem = $"has {bytes.Length} bytes as its \"{coordinate}\", and {name} needs {curve.Bytes}, including leading zeros "
                    + "(RFC 7518, section 6.2.1.2); have the issuer write it in full";
                return null;
            }
        }

        using var ec = ECDsa.Create(new ECParameters { Curve = curve.Curve, Q = point });
        return TokenKey.OfEc(ec);
    }

    private static TokenKey? ReadSecret(JsonElement entry, out string? problem)
    {
        byte[] secret = Bytes(entry, "k");
        problem = secret.Length * 8 >= JwtAlgorithm.All[0].KeyBits
            ? null
            : $"has a secret of {secret.Length} bytes, and HS256 needs {JwtAlgorithm.All[0].KeyBits / 8} at least; make a longer one";
        return problem is null ? TokenKey.OfSecret(secret) : null;
    }

    private static string? Text(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    /// <summary>
    /// Decodes base64url, and also padding or plain base64, which some issuers write. A key, unlike a token, may have several spellings.
    /// </summary>
    private static byte[] Bytes(JsonElement entry, string name)
    {
        string text = entry.GetProperty(name).GetString() ?? "";
        string bare = text.Length % 4 == 0 && text.EndsWith('=') ? text[..^(text.EndsWith("==", StringComparison.Ordinal) ? 2 : 1)] : text;
        string letters = bare.Replace('+', '-').Replace('/', '_');
        return CanonicalBase64Url.IsValid(letters) ? Base64Url.DecodeFromChars(letters) : throw new FormatException();
    }
}
