using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Sluice.Kcp.Crypto;

/// <summary>Derives encryption keys from pass phrases as kcptun does.</summary>
public static class KcpKey
{
    private const int Length = 32;
    private const int Iterations = 4096;

    /// <summary>Returns kcptun's key: PBKDF2 with SHA-1, 4096 rounds and the salt "kcp-go".</summary>
    /// <param name="passphrase">kcptun's <c>--key</c>.</param>
    /// <returns>32 bytes. Shorter ciphers use the first of them.</returns>
    public static byte[] Derive(string passphrase)
    {
        if (passphrase is null)
        {
            throw new ArgumentNullException(nameof(passphrase));
        }

        return Pbkdf2(Encoding.UTF8.GetBytes(passphrase), Encoding.ASCII.GetBytes("kcp-go"), Iterations, Length);
    }

    [SuppressMessage("Security", "CA5379:Do not use weak key derivation function algorithm",
        Justification = "The peer's protocol fixes SHA-1.")]
    [SuppressMessage("Security", "CA5387:Do not use weak key derivation function with insufficient iteration count",
        Justification = "The peer's protocol fixes the count.")]
    internal static byte[] Pbkdf2(byte[] password, byte[] salt, int iterations, int length)
    {
#if NET
        return Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA1, length);
#else
        using var derive = new Rfc2898DeriveBytes(password, salt, iterations, HashAlgorithmName.SHA1);
        return derive.GetBytes(length);
#endif
    }
}
