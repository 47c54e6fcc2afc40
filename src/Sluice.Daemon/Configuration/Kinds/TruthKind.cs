namespace Sluice.Daemon.Configuration.Kinds;

/// <summary>true or false.</summary>
internal sealed class TruthKind : ValueKind<bool>
{
    public override RawKind Form => RawKind.Truth;

    public override string Range => "true or false";

    public override string Write(bool value) => value ? "true" : "false";

    public override bool TryRead(RawValue raw, Action<Origin, string> fault, out bool value)
    {
        value = raw.Content is true;
        if (raw.Kind != RawKind.Truth)
        {
            WrongForm(raw, fault);
        }

        return raw.Kind == RawKind.Truth;
    }
}
