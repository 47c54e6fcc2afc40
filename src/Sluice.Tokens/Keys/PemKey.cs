using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sluice.Tokens.Keys;

/// <summary>Reads public and private keys in PEM.</summary>
internal static class PemKey
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";

    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    private static ReadOnlySpan<byte> EcOidInDer => [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

    /// <summary>Reads the only public key of a file.</summary>
    /// <exception cref="TokenKeyException">The file holds none, several, a private key, or a key that is too weak.</exception>
    public static TokenKey ReadPublic(KeyFile file)
    {
        List<(string Label, byte[] Data)> blocks = Blocks(file);
        if (blocks.Exists(block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)))
        {
            throw new TokenKeyException(
                file.Path,
                "holds a private key, which a gateway does not need; "
                + "make the public one with: openssl pkey -in private.pem -pubout > public.pem");
        }

        byte[][] keys = [.. blocks.Where(block => block.Label is "PUBLIC KEY").Select(block => block.Data)];
        return keys.Length switch
        {
            1 => FromPublicKeyInfo(file.Path, keys[0]),
            0 => throw new TokenKeyException(
                file.Path,
                "holds no PUBLIC KEY; make one with: openssl pkey -in private.pem -pubout (or openssl x509 -in cert.pem -pubkey -noout)"),
            _ => throw new TokenKeyException(file.Path, "holds several keys; write them as a JWKS, in which each has its kid"),
        };
    }

    /// <summary>Reads the private key of a file.</summary>
    /// <exception cref="TokenKeyException">The file holds no key that can sign.</exception>
    public static AsymmetricAlgorithm ReadPrivate(KeyFile file)
    {
        foreach ((string label, byte[] data) in Blocks(file))
        {
            AsymmetricAlgorithm? key = label switch
            {
                "PRIVATE KEY" => Import(
                    data, EcOidIsIn(data) ? ECDsa.Create() : RSA.Create(), (algorithm, der) => algorithm.ImportPkcs8PrivateKey(der, out _)),
                "RSA PRIVATE KEY" => Import(data, RSA.Create(), (algorithm, der) => ((RSA)algorithm).ImportRSAPrivateKey(der, out _)),
                "EC PRIVATE KEY" => Import(data, ECDsa.Create(), (algorithm, der) => ((ECDsa)algorithm).ImportECPrivateKey(der, out _)),
                "ENCRYPTED PRIVATE KEY" =>
                    throw new TokenKeyException(file.Path, "has a passphrase; remove it with: openssl pkey -in private.pem -out plain.pem"),
                _ => null,
            };
            if (key is not null)
            {
                return CheckSize(file.Path, key) is { } problem ? throw new TokenKeyException(file.Path, problem) : key;
            }

            if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                throw new TokenKeyException(
                    file.Path, "holds a private key that cannot be read; RSA keys and keys on P-256, P-384 and P-521 can");
            }
        }

        throw new TokenKeyException(file.Path, "holds no private key, and nothing else can sign");
    }

    /// <summary>Returns why a key cannot be used; null = it can.</summary>
    public static string? CheckSize(string path, AsymmetricAlgorithm key) => key switch
    {
        RSA { KeySize: < MinRsaBits } => $"is an RSA key of {key.KeySize} bits, and that can be broken; make one of {MinRsaBits} or more",
        RSA { KeySize: > MaxRsaBits } =>
            $"is an RSA key of {key.KeySize} bits, and every client would cost too much; make one of {MaxRsaBits} at most",
        ECDsa ec when !IsKnownCurve(ec) =>
            "is on a curve that no algorithm is for; make one on P-256: openssl ecparam -name prime256v1 -genkey -noout",
        _ => null,
    };

    private static TokenKey FromPublicKeyInfo(string path, byte[] der)
    {
        try
        {
            var read = PublicKey.CreateFromSubjectPublicKeyInfo(der, out int count);
            if (count == der.Length && read.Oid.Value is RsaOid or EcOid)
            {
                using AsymmetricAlgorithm key = read.Oid.Value is RsaOid ? read.GetRSAPublicKey()! : read.GetECDsaPublicKey()!;
                return CheckSize(path, key) is { } problem
                    ? throw new TokenKeyException(path, problem)
                    : key is RSA rsa ? TokenKey.OfRsa(rsa.ExportParameters(false)) : TokenKey.OfEc((ECDsa)key);
            }
        }
        catch (Exception failure) when (failure is CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            throw new TokenKeyException(
                path, "holds a public key that cannot be read; RSA keys and keys on P-256, P-384 and P-521 can", failure);
        }

        throw new TokenKeyException(
            path, "holds a key that is neither RSA nor ECDSA; make one with: openssl ecparam -name prime256v1 -genkey -noout");
    }

    private static bool IsKnownCurve(ECDsa key) =>
        key.ExportParameters(false).Curve.Oid is { } oid
        && (oid.Value ?? oid.FriendlyName) is
            "1.2.840.10045.3.1.7" or "1.3.132.0.34" or "1.3.132.0.35" or "nistP256" or "nistP384" or "nistP521";

    private static AsymmetricAlgorithm? Import(byte[] der, AsymmetricAlgorithm algorithm, Action<AsymmetricAlgorithm, byte[]> import)
    {
        try
        {
            import(algorithm, der);
            return algorithm;
        }
        catch (Exception failure) when (failure is CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            algorithm.Dispose();
            return null;
        }
    }

    /// <summary>Returns whether PKCS #8 names the algorithm 1.2.840.10045.2.1, within its first bytes.</summary>
    private static bool EcOidIsIn(byte[] pkcs8) =>
        pkcs8.AsSpan(0, Math.Min(pkcs8.Length, 32)).IndexOf(EcOidInDer) >= 0;

    private static List<(string Label, byte[] Data)> Blocks(KeyFile file)
    {
        var blocks = new List<(string, byte[])>();
        ReadOnlySpan<char> rest = file.Text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            byte[] data = new byte[fields.DecodedDataLength];
            Convert.TryFromBase64Chars(rest[fields.Base64Data], data, out _);
            blocks.Add((rest[fields.Label].ToString(), data));
            rest = rest[fields.Location.End..];
        }

        return blocks;
    }
}
