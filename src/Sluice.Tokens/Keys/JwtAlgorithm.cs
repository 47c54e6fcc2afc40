using System.Security.Cryptography;

namespace Sluice.Tokens;

/// <summary>One way to sign a token.</summary>
/// <param name="Name">Its name in <c>alg</c>, exactly.</param>
/// <param name="Kind">The only kind of key that it may be used with: an RSA key is never taken for a secret, nor the other way round.</param>
internal sealed record JwtAlgorithm(string Name, JwtKeyKind Kind)
{
    /// <summary>The hash of an HMAC.</summary>
    public HashAlgorithmName Hash { get; init; }

    /// <summary>Bytes of a signature; 0 where the key decides (RSA). An ECDSA signature is r and s, never DER (RFC 7518, section 3.4).</summary>
    public int SignatureBytes { get; init; }

    /// <summary>The least bits of a secret, or the exact ones of a curve; 0 where the key decides.</summary>
    public int KeyBits { get; init; }
}
