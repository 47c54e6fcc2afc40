namespace Sluice.Tokens;

/// <summary>The kinds of keys. An algorithm works with one of them only.</summary>
internal enum JwtKeyKind
{
    Secret,
    Rsa,
    Ec,
}
