namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>The path of a file, relative to the working directory; empty = none.</summary>
internal sealed class PathKind : ValueKind<string>
{
    public override RawKind Form => RawKind.Text;

    public override string Range => "a path, or \"\" for none";

    public override string Write(string value) => $"\"{value}\"";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out string value)
    {
        value = raw.Kind == RawKind.Text ? raw.Text : "";
        if (raw.Kind != RawKind.Text)
        {
            WrongForm(raw, fault);
            return false;
        }

        if (value.Contains('\0', StringComparison.Ordinal) || value.EndsWith('/'))
        {
            fault(raw.Origin, $"{Quoted.Text(value)} cannot be the name of a file; write {Range}");
            return false;
        }

        return true;
    }
}
