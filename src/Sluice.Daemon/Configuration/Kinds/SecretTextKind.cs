namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A secret that clients send in a header; empty = none. No message repeats it.</summary>
internal sealed class SecretTextKind : ValueKind<string>
{
    /// <summary>A shorter one can be guessed.</summary>
    private const int MinLength = 16;
    private const int MaxLength = 256;

    public override RawKind Form => RawKind.Text;

    public override string Range => FormattableString.Invariant(
        $"a text of {MinLength} to {MaxLength} letters, digits and signs, without spaces, or \"\" for none");

    public override string Write(string value) => value.Length == 0 ? "\"\"" : "\"(secret)\"";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out string value)
    {
        value = raw.Kind == RawKind.Text ? raw.Text : "";
        if (raw.Kind == RawKind.Text && (value.Length == 0 || IsGood(value)))
        {
            return true;
        }

        fault(raw.Origin, $"found {(raw.Kind == RawKind.Text ? "another text" : "no text")}; write {Range}");
        return false;
    }

    /// <summary>Whether a header can carry it without an encoding.</summary>
    private static bool IsGood(string text) =>
        text.Length is >= MinLength and <= MaxLength && !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}
