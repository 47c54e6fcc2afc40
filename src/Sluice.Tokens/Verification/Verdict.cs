namespace Sluice.Tokens.Verification;

/// <summary>The result of verifying a token: its claims, or why it is rejected.</summary>
/// <param name="Claims">The claims, if the signature is valid.</param>
/// <param name="Problem">Why the token is rejected, for the log, without any part of the token.</param>
internal readonly record struct Verdict(RouteClaims? Claims, string? Problem)
{
    /// <summary>Whether the token was not verified because too many wait.</summary>
    public bool IsBusy { get; private init; }

    public static Verdict Busy { get; } = new(null, "too many signatures wait to be verified") { IsBusy = true };

    public static Verdict Reject(string problem) => new(null, problem);
}
