namespace Sluice.Tokens.Keys;

/// <summary>The kinds of keys. Each algorithm works with one of them only.</summary>
internal enum JwtKeyKind
{
    Secret,
    Rsa,
    Ec,
}
