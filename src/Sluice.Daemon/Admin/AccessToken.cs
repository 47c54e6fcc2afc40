using System.Security.Cryptography;
using System.Text;

namespace Sluice.Daemon.Admin;

/// <summary>The secret of <c>[admin] token</c>. The time of a comparison reveals nothing about it, not even its length.</summary>
internal sealed class AccessToken(string secret)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _hash = Hash(secret);

    /// <summary>Whether an <c>Authorization</c> header carries it.</summary>
    public bool IsIn(string? authorization) =>
        authorization?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true
        && CryptographicOperations.FixedTimeEquals(_hash, Hash(authorization[Scheme.Length..]));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
