namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>A text with a form of its own.</summary>
/// <param name="range">The values that may be written, for messages.</param>
/// <param name="isGood">Whether a text has the form.</param>
internal sealed class TextKind(string range, Func<string, bool> isGood) : ValueKind<string>
{
    public override RawKind Form => RawKind.Text;

    public override string Range => range;

    public override string Write(string value) => $"\"{value}\"";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out string value)
    {
        value = raw.Kind == RawKind.Text ? raw.Text : "";
        if (raw.Kind != RawKind.Text)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (!isGood(value))
        {
            fault(raw.Origin, $"found the text {Quoted.Text(value)}; write {range}");
            return false;
        }

        return true;
    }
}
