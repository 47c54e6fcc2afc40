namespace Sluice.Tokens.Verification;

/// <summary>Whether a one-time token may be used.</summary>
internal enum UseResult
{
    First,
    UsedBefore,
    Full,
}
