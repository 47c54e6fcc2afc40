namespace Sluice.Tokens.Verification;

/// <summary>What became of a token: its claims, or why it is refused.</summary>
/// <param name="Claims">What it says, where its signature is good.</param>
/// <param name="Problem">Why it is refused, for the log; nothing of the token is in it.</param>
internal readonly record struct Verdict(RouteClaims? Claims, string? Problem)
{
    /// <summary>True where it was not looked at, for want of time.</summary>
    public bool IsBusy { get; private init; }

    public static Verdict Busy { get; } = new(null, "too many signatures wait to be verified") { IsBusy = true };

    public static Verdict Refused(string problem) => new(null, problem);
}
