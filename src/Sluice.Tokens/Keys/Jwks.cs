using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Sluice.Tokens.Verification;

namespace Sluice.Tokens.Keys;

/// <summary>Reads a JWKS (RFC 7517), or a single JWK.</summary>
internal static class Jwks
{
    private const int MaxKeys = 64;

    /// <summary>Reads every key that signatures can be verified with; others, such as those for encryption, are passed over.</summary>
    /// <exception cref="TokenKeyException">It is no JWKS, or a key in it is malformed, too weak, or private.</exception>
    public static TokenKeySet Read(KeyFile file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                file.Bytes.ToArray(), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            JsonElement[] entries = !root.TryGetProperty("keys", out JsonElement list) ? [root] : [.. list.EnumerateArray()];
            if (entries.Length > MaxKeys)
            {
                throw new TokenKeyException(file.Path, $"has more than {MaxKeys} keys; take old ones out");
            }

            var keys = new List<TokenKey>();
            foreach (JsonElement entry in entries)
            {
                if (ReadKey(file.Path, entry) is { } key)
                {
                    keys.Add(key);
                }
            }

            if (keys.Where(key => key.Id is not null).GroupBy(key => key.Id, StringComparer.Ordinal).Any(group => group.Count() > 1))
            {
                throw new TokenKeyException(file.Path, "has two keys with one kid; give each its own");
            }

            return keys.Count > 0
                ? new TokenKeySet(keys, $"a JWKS with {keys.Count} keys")
                : throw new TokenKeyException(file.Path, "holds no key for signatures; it needs one with \"use\":\"sig\" or without \"use\"");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or CryptographicException or ArgumentException)
        {
            throw new TokenKeyException(file.Path, "is neither a JWKS nor a JWK, or a key in it is malformed; fetch it again from the issuer", failure);
        }
    }

    private static TokenKey? ReadKey(string path, JsonElement entry)
    {
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
            throw new TokenKeyException(path, "holds a private key (\"d\"), which a gateway has no need of; take it out, and keep it where tokens are made");
        }

        TokenKey? key = kind switch
        {
            "RSA" => ReadRsa(path, entry),
            "EC" => ReadEc(entry),
            _ => ReadSecret(path, entry),
        };
        key = key?.Named(Text(entry, "kid"), Text(entry, "alg"));
        return key is { Algorithms.Count: > 0 } ? key : null;
    }

    private static TokenKey ReadRsa(string path, JsonElement entry)
    {
        using var rsa = RSA.Create();
        rsa.ImportParameters(new RSAParameters { Modulus = Bytes(entry, "n"), Exponent = Bytes(entry, "e") });
        return PemKey.CheckSize(path, rsa) is { } problem
            ? throw new TokenKeyException(path, problem)
            : TokenKey.OfRsa(rsa.ExportParameters(false));
    }

    private static TokenKey? ReadEc(JsonElement entry)
    {
        ECCurve? curve = Text(entry, "crv") switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        if (curve is null)
        {
            return null;
        }

        using var ec = ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new ECPoint { X = Bytes(entry, "x"), Y = Bytes(entry, "y") } });
        return TokenKey.OfEc(ec);
    }

    private static TokenKey ReadSecret(string path, JsonElement entry)
    {
        byte[] secret = Bytes(entry, "k");
        return secret.Length * 8 >= JwtAlgorithms.All[0].KeyBits
            ? TokenKey.OfSecret(secret)
            : throw new TokenKeyException(path, $"has a secret of {secret.Length} bytes, and HS256 needs {JwtAlgorithms.All[0].KeyBits / 8} at least; make a longer one");
    }

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static byte[] Bytes(JsonElement entry, string name)
    {
        string text = entry.GetProperty(name).GetString() ?? "";
        return TokenParts.IsCanonical(text) ? Base64Url.DecodeFromChars(text) : throw new FormatException();
    }
}
